"""The Celery app `shop_project`. Its settings are the CELERY_ names of shop_project/settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_project.settings")

app = Celery("shop_project", task_cls="background.task:NudgeTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
