"""Addresses of the cart."""

from django.urls import path, register_converter

from shop.converters import IdConverter

from . import views

register_converter(IdConverter, "id")

app_name = "cart"
urlpatterns = [
    path("", views.cart_detail, name="cart_detail"),
    path("add/<id:variant_id>/", views.cart_add, name="cart_add"),
    path("update/<id:variant_id>/", views.cart_update, name="cart_update"),
    path("remove/<id:variant_id>/", views.cart_remove, name="cart_remove"),
]
