"""Accounts in the admin, read-only. No page shows or creates a secret."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from .models import Account, ApiToken, Receipt, User

# The admin uses the normal sign-in, with its rate limit and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class LookUp(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Account)
class Accounts(LookUp):
    list_display = ("public_id", "user", "created_at", "merged_into", "closed_at")
    search_fields = ("public_id", "user__email")
    list_select_related = ("user", "merged_into")


@admin.register(ApiToken)
class Tokens(LookUp):
    list_display = ("account", "name", "start", "scopes", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("account__public_id", "account__user__email", "start")
    list_select_related = ("account",)
    exclude = ("hash",)


@admin.register(Receipt)
class Receipts(LookUp):
    list_display = ("number", "account", "reason", "created_at")
    search_fields = ("number", "account__public_id")


@admin.register(User)
class Users(admin.ModelAdmin):
    """Users can be deactivated here; only they can set their password."""

    list_display = ("email", "is_active", "is_staff", "date_joined", "last_login")
    search_fields = ("email",)
    fields = ("email", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")
    readonly_fields = ("email",)
    filter_horizontal = ("groups", "user_permissions")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
