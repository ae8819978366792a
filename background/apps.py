from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class BackgroundConfig(AppConfig):
    name = "background"

    def ready(self) -> None:
        # Each room's checks register themselves with background.health, and its tasks with Celery: a web process nudges
        # tasks by name that none of its pages imports.
        autodiscover_modules("alarms", "tasks")
