"""Accounts and roles in the admin: owners give roles, nobody raises himself, and who changes one confirms who he is."""

from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from backoffice.signin import audit, gate, roles

from .confirming import ConfirmedMixin

admin.site.unregister([User, Group])


class SetPasswordForm(AdminPasswordChangeForm):
    """A password that somebody sets for another; the log says so, and its holder is told."""

    def save(self, commit: bool = True) -> User:
        account = super().save(commit)
        audit.note(context.request, audit.Kind.PASSWORD_CHANGED, account, context.request.user.get_username())
        return account


@admin.register(User)
class AccountAdmin(ConfirmedMixin, UserAdmin):
    """A role is a group. Permissions are not given one by one."""

    change_password_form = SetPasswordForm
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "role_names", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    filter_horizontal = ["groups"]
    actions = ["reset_factors"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Rights"), {"fields": ["is_active", "is_staff", "groups", "is_superuser"]}),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes superusers; only owners give roles, and nobody to himself."""
        fixed = ["last_login", "date_joined"]
        if not request.user.is_superuser:
            fixed.append("is_superuser")
        if not may_give_roles(request) or (obj and obj.pk == request.user.pk):
            fixed += ["is_active", "is_staff", "groups", "is_superuser"]
        return fixed

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return gate.confirmation(request) or super().user_change_password(request, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes his own account: it would leave the shop without an owner."""
        own = obj is not None and obj.pk == request.user.pk
        return super().has_delete_permission(request, obj) and not own and _is_within_reach(request, obj)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return may_give_roles(request)

    @admin.display(description=gettext_lazy("roles"))
    def role_names(self, account: User) -> str:
        return ", ".join(group.name for group in account.groups.all())

    @admin.action(description=gettext_lazy("Reset the second factors of the chosen accounts"), permissions=["reset"])
    def reset_factors(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        """For who has lost phone and recovery codes. Their sessions end; at the next sign-in they set up a new one."""
        reachable = [account for account in accounts if _is_within_reach(request, account) and account != request.user]
        for account in reachable:
            Authenticator.objects.filter(user=account).delete()
            audit.note(request, audit.Kind.FACTORS_RESET, account, request.user.get_username())
        words = ngettext("%d account sets up a new one.", "%d accounts set up a new one.", len(reachable))
        messages.success(request, words % len(reachable))


@admin.register(Group)
class RoleAdmin(ConfirmedMixin, GroupAdmin):
    """The shop's own roles stand in its code. Owners make others beside them."""

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        own = obj is not None and obj.name in roles.ROLES
        return super().has_change_permission(request, obj) and may_give_roles(request) and not own

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_give_roles(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        own = obj is not None and obj.name in roles.ROLES
        return super().has_delete_permission(request, obj) and may_give_roles(request) and not own


def may_give_roles(request: HttpRequest) -> bool:
    """Owners and superusers, whatever else somebody may do to accounts."""
    user = request.user
    return user.is_superuser or user.groups.filter(name=roles.OWNER).exists()


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    """Whether somebody may touch this account: a superuser's password is not an owner's to set."""
    return account is None or request.user.is_superuser or not account.is_superuser
