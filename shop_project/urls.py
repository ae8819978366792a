"""Every address of the shop. The catalogue comes last: its attribute pages match any two path segments."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import index, sitemap
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.utils.functional import lazy
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView
from django.views.i18n import set_language
from django.views.static import serve

from backoffice import dev_mail
from backoffice.api import urls as api
from backoffice.black_box import black_box
from backoffice.erasing import erase
from backoffice.metrics import metrics
from payment.views import stripe_webhook
from shop.sitemaps import SITEMAPS
from shop.views import robots, speculation_rules

# Read when it is asked for: the name of the file is not known before static files are collected.
favicon = RedirectView.as_view(url=lazy(static, str)("img/apple-touch-icon.png"))
admin.site.site_header = admin.site.site_title = settings.SHOP_NAME

sitemaps = {"sitemaps": SITEMAPS}
kept_an_hour = cache_control(max_age=3600, public=True)
handler500 = "shop_project.errors.server_error"

urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("speculation-rules.json", speculation_rules, name="speculation_rules"),
    path("sitemap.xml", kept_an_hour(index), sitemaps | {"sitemap_url_name": "sitemap_part"}, name="sitemap"),
    path("sitemap-<section>.xml", kept_an_hour(sitemap), sitemaps, name="sitemap_part"),
    path("favicon.ico", favicon, name="favicon"),  # asked for by name, where no page names another
    path("admin/language/", set_language, name="set_language"),  # before the admin, which takes the rest
    path("admin/", include("backoffice.signin.urls")),  # in place of the admin's own sign-in
    path("admin/black-box/<str:number>/", black_box, name="black_box"),
    path("admin/erase/<str:number>/", erase, name="erase_customer"),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
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
