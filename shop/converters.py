"""Path converters of the shop's addresses."""


class IdConverter:
    """A primary key: as many digits as every database can compare; a longer number is no address of ours."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
