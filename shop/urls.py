"""Addresses of this room. They come last in the project: an attribute page matches any two path segments."""

from django.urls import path

from . import pages, views
from .slugs import category_once_at, forwarding, product_once_at

category = forwarding(views.product_list_by_category, category_once_at)
product = forwarding(views.product_detail, product_once_at)

app_name = "shop"
urlpatterns = [
    path("", views.product_list, name="product_list"),
    path("category/<slug:slug>/", category, name="product_list_by_category"),
    path("search/", views.product_search, name="search"),
    path("search/suggestions/", views.suggestions, name="suggestions"),
    path("help/", views.help_page, name="help"),
    path("pages/<slug:kind>/", pages.page, name="page"),
    path("product/<slug:slug>/", product, name="product_detail"),
    path("<slug:attribute>/<slug:value>/", views.product_list_by_attribute, name="product_list_by_attribute"),
]
