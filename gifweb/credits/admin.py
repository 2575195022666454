"""The ledger in the admin: read-only. Grants and refunds are new entries."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from gifweb.errors import PublicError

from . import ledger, plans, vouchers
from .models import Audit, Entry, Hold, Kind, Lot, Purchase, Voucher, Wallet


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WithReason(ActionForm):
    reason = forms.CharField(required=False, max_length=200, label="Reason")


@admin.register(Entry)
class Entries(ReadOnly):
    """A search for a render's id finds its price."""

    list_display = ("created_at", "account", "kind", "amount", "cause")
    list_filter = ("kind", "created_at")
    search_fields = ("cause", "key", "account__public_id", "account__user__email")
    list_select_related = ("account",)
    action_form = WithReason
    actions = ("refund",)

    @admin.action(description="Refund the selected entries", permissions=["refund"])
    def refund(self, request: HttpRequest, queryset: QuerySet[Entry]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "A refund needs a reason.", messages.ERROR)
            return
        for entry in queryset:
            try:
                given = ledger.refund(entry, reason[:200])
            except PublicError as error:
                self.message_user(request, f"{entry}: {error.message}", messages.ERROR)
                continue
            self.log_addition(request, given, f"refund: {reason}")
            self.message_user(request, f"{given.amount} credits went back to {entry.account}.", messages.SUCCESS)

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("credits.add_entry"))


@admin.register(Hold)
class Holds(ReadOnly):
    list_display = ("created_at", "account", "amount", "paid", "state", "cause", "ended_at")
    list_filter = ("state",)
    search_fields = ("cause", "key", "account__public_id", "account__user__email")
    list_select_related = ("account",)


@admin.register(Lot)
class Lots(ReadOnly):
    list_display = ("account", "origin", "left", "expires_at")
    list_filter = ("origin",)
    search_fields = ("account__public_id", "account__user__email")
    list_select_related = ("account",)


@admin.register(Purchase)
class Purchases(ReadOnly):
    list_display = ("created_at", "account", "item", "price", "currency", "refunded_at")
    search_fields = ("session", "payment", "account__public_id", "account__user__email")
    list_select_related = ("account",)


@admin.register(Audit)
class Audits(ReadOnly):
    list_display = ("created_at", "wallets", "entries", "total", "frozen", "faults")


class GiveForm(forms.ModelForm):
    give = forms.IntegerField(min_value=1, max_value=1_000_000, required=False, label="Credits to give")
    lasts_days = forms.IntegerField(min_value=1, max_value=3650, required=False, label="that last (days)")
    reason = forms.CharField(max_length=200, required=False, help_text="The person sees it in their history.")
    extend_plan = forms.ChoiceField(
        choices=[("", "leave as it is"), ("pro", "pro"), ("free", "back to free")], required=False
    )
    plan_days = forms.IntegerField(min_value=1, max_value=3650, initial=31, required=False)

    class Meta:
        model = Wallet
        fields: list[str] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("give") and not (cleaned.get("reason") or "").strip():
            raise forms.ValidationError("A grant needs a reason.")
        return cleaned


@admin.register(Wallet)
class Wallets(ReadOnly):
    """Read-only figures, and a form whose grant becomes a new entry."""

    list_display = ("account", "email", "total", "frozen", "plan", "plan_until")
    list_filter = ("plan",)
    search_fields = ("account__public_id", "account__user__email")
    list_select_related = ("account__user",)
    readonly_fields = ("account", "total", "frozen", "plan", "plan_until")
    form = GiveForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("credits.change_wallet"))

    @admin.display(ordering="account__user__email")
    def email(self, wallet: Wallet) -> str:
        return wallet.account.user.email if wallet.account.user else ""

    def save_model(self, request: HttpRequest, obj: Wallet, form: Any, change: bool) -> None:
        sent = form.cleaned_data
        if sent.get("give"):
            until = timezone.now() + timedelta(days=sent["lasts_days"]) if sent.get("lasts_days") else None
            key = f"admin:{uuid.uuid4().hex}"
            ledger.grant(obj.account, sent["give"], Kind.GIFT, key, until, sent["reason"].strip())
        if sent.get("extend_plan") == "free":
            plans.end(obj.account)
        elif sent.get("extend_plan"):
            plans.extend(obj.account, sent["extend_plan"], sent.get("plan_days") or 31)


class VoucherForm(forms.ModelForm):
    class Meta:
        model = Voucher
        fields = ("amount", "max_uses", "note", "lasts_days", "expires_at")


@admin.register(Voucher)
class Vouchers(admin.ModelAdmin):
    """A new code is shown once, in the message after saving."""

    form = VoucherForm
    list_display = ("start", "amount", "uses", "max_uses", "note", "expires_at", "stopped_at")
    search_fields = ("start", "note")
    actions = ("stop",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Voucher, form: Any, change: bool) -> None:
        sent = form.cleaned_data
        code = vouchers.make(
            sent["amount"],
            max_uses=sent["max_uses"],
            note=sent["note"],
            lasts_days=sent["lasts_days"],
            expires_at=sent["expires_at"],
        )
        made = Voucher.objects.get(start=code[:4], hash=vouchers.digest(code))
        obj.__dict__.update({k: v for k, v in made.__dict__.items() if k != "_state"})
        obj._state.adding = False
        self.message_user(request, f"The code is {code}. Copy it now: it is not shown again.", messages.WARNING)

    @admin.action(description="Deactivate the selected codes")
    def stop(self, request: HttpRequest, queryset: QuerySet[Voucher]) -> None:
        queryset.filter(stopped_at=None).update(stopped_at=timezone.now())
