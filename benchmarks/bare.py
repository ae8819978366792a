"""The least that a page of 24 cards can cost in Django: default middleware, one indexed query, one template.

`gunicorn benchmarks.bare` beside the shop, with the same options; what the shop's pages cost is told as a ratio to it.
"""

import os

from django.conf import settings
from environ import Env

settings.configure(
    SECRET_KEY="only for benchmarks",  # noqa: S106
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="benchmarks.bare",
    DATABASES={"default": Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import Context, Engine  # noqa: E402
from django.urls import path  # noqa: E402

PAGE = Engine().from_string(
    "<!DOCTYPE html><html><head><title>Bare</title></head><body><ul>{% for product in products %}"
    '<li><a href="/product/{{ product.slug }}/">{{ product.name }}</a> <span>{{ product.popularity }}</span></li>'
    "{% endfor %}</ul></body></html>"
)


class Product(models.Model):
    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=200)
    popularity = models.FloatField()

    class Meta:
        app_label = "bare"
        db_table = "shop_product"
        managed = False

    def __str__(self) -> str:
        return self.name


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.render(Context({"products": Product._default_manager.order_by("-popularity")[:24]})))


urlpatterns = [path("", page)]
