"""The API for other programs: keys with rights, orders made once by the caller's reference, and its own reading."""
