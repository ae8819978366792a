"""Every address of the shop. The catalogue comes last: its attribute pages match any two path segments."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.utils.functional import lazy
from django.views.generic import RedirectView
from django.views.static import serve

from backoffice import dev_mail
from backoffice.black_box import black_box
from backoffice.metrics import metrics
from payment.views import stripe_webhook

# Read when it is asked for: the name of the file is not known before static files are collected.
favicon = RedirectView.as_view(url=lazy(static, str)("img/apple-touch-icon.png"))
admin.site.site_header = admin.site.site_title = settings.SHOP_NAME

urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),  # asked for by name, where no page names another
    path("admin/black-box/<str:number>/", black_box, name="black_box"),  # before the admin, which takes the rest
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
    path("payment/webhook/", stripe_webhook, name="stripe_webhook"),
]
if settings.DEV_MAIL:
    urlpatterns += [
        path("dev/mail/", dev_mail.mail_list, name="dev_mail"),
        path("dev/mail/<str:name>/", dev_mail.mail_detail, name="dev_mail_detail"),
        path("dev/mail/<str:name>/html/", dev_mail.mail_html, name="dev_mail_html"),
    ]
if settings.SERVE_MEDIA:
    urlpatterns += [re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})]

urlpatterns += i18n_patterns(
    path("cart/", include("cart.urls")),
    path("orders/", include("orders.urls")),
    path("payment/", include("payment.urls")),
    path("messager/", include("messager.urls")),
    path("", include("shop.urls")),
    prefix_default_language=False,
)
