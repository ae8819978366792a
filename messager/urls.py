from django.urls import path

from . import views

app_name = "messager"

urlpatterns = [
    path("", views.write, name="write"),
    path("<str:token>/", views.message, name="message"),
]
