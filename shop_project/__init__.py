"""The project: settings, URLs and the Celery app. Nobody imports it but Django and Celery."""

from .celery import app as celery_app

__all__ = ["celery_app"]
