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
    path("alert/<id:variant_id>/", views.alert_ask, name="alert_ask"),
    path("ship/", views.cart_ship, name="cart_ship"),
    path("accept/", views.cart_accept, name="cart_accept"),
    path("coupon/", views.coupon_enter, name="coupon_enter"),
    path("coupon/drop/", views.coupon_drop, name="coupon_drop"),
    path("restore/<str:signed>/", views.cart_restore, name="cart_restore"),
]
