"""Addresses of this room."""

app_name = "payment"
urlpatterns: list = []
