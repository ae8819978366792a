"""Addresses of payment. The webhook's stands in the project's URLs: it has no language."""

from django.urls import path

from . import views

app_name = "payment"
urlpatterns = [
    path("process/", views.payment_process, name="process"),
    path("completed/", views.payment_completed, name="completed"),
    path("canceled/", views.payment_canceled, name="canceled"),
    path("cancel/", views.payment_cancel, name="cancel"),
    path("supersede/", views.payment_supersede, name="supersede"),
]
