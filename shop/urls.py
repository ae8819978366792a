"""Addresses of this room. They come last in the project: an attribute page matches any two path segments."""

from django.urls import path

from . import pages, views

app_name = "shop"
urlpatterns = [
    path("", views.product_list, name="product_list"),
    path("category/<slug:slug>/", views.product_list_by_category, name="product_list_by_category"),
    path("search/", views.product_search, name="search"),
    path("pages/<slug:kind>/", pages.page, name="page"),
    path("product/<slug:slug>/", views.product_detail, name="product_detail"),
    path("<slug:attribute>/<slug:value>/", views.product_list_by_attribute, name="product_list_by_attribute"),
]
