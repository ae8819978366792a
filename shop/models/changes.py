"""That something changed which pages show. Written by the database alone: see shop/changes.py."""

from django.db import models
from django.db.models.functions import Now


class CatalogueChange(models.Model):
    """One or more changes by one statement; rows are removed when they are some minutes old."""

    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.pk)
