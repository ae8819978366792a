from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class BackgroundConfig(AppConfig):
    name = "background"

    def ready(self) -> None:
        autodiscover_modules("alarms")  # each room's checks register themselves with background.health
