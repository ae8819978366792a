"""Addresses of this room."""

app_name = "shop"
urlpatterns: list = []
