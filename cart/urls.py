"""Addresses of this room."""

app_name = "cart"
urlpatterns: list = []
