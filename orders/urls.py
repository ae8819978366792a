"""Addresses of orders."""

from django.urls import path

from . import views

app_name = "orders"
urlpatterns = [
    path("create/", views.order_create, name="order_create"),
    path("lookup/", views.order_lookup, name="order_lookup"),
    path("link/<str:signed>/", views.order_link, name="order_link"),
    path("<slug:token>/withdraw/", views.withdraw, name="withdraw"),
    path("no-reminders/<str:signed>/", views.opt_out, name="opt_out"),
    path("<slug:token>/invoice.pdf", views.order_invoice, name="order_invoice"),
    path("<slug:token>/credit-notes/<slug:number>.pdf", views.order_credit_note, name="order_credit_note"),
    path("<slug:token>/", views.order_detail, name="order_detail"),
]
