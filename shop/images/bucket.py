"""Pictures in an S3 bucket, for shops of several machines. Only the settings name this class (MEDIA_BUCKET)."""

from typing import Any

from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):
    """A bucket whose files have addresses of the shop, as on one machine: what stands in front fetches /media/ there.

    So pages ask no third party, and their security policy stays as narrow.
    """

    def url(self, name: str, parameters: Any = None, expire: Any = None, http_method: Any = None) -> str:
        return f"{settings.MEDIA_URL}{filepath_to_uri(name)}"
