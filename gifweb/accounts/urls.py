"""Addresses of accounts. allauth's views stand here one by one: its own list has trailing slashes, ours has none."""

from __future__ import annotations

from allauth.account import views as sign
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.usersessions import views as sessions
from django.urls import path, re_path

from . import rate_limits, views

begins_session = rate_limits.counted("session")  # each request without a cookie is a row

urlpatterns = [
    path("register", views.Register.as_view(), name="account_signup"),
    path("login", sign.login, name="account_login"),
    path("logout", sign.logout, name="account_logout"),
    path("account", views.account, name="account"),
    path("account/tokens", views.token_make, name="token_make"),
    path("account/tokens/<int:pk>/revoke", views.token_revoke, name="token_revoke"),
    path("account/agents/forget", views.clients_forget, name="clients_forget"),
    path("account/export", views.export, name="account_export"),
    path("account/delete", views.delete, name="account_delete"),
    path("receipts/<str:number>", views.receipt, name="receipt"),
    path("account/inactive", sign.account_inactive, name="account_inactive"),
    path("account/confirm", sign.reauthenticate, name="account_reauthenticate"),
    path("account/email", sign.email, name="account_email"),
    path("account/email/sent", sign.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/email/(?P<key>[-:\w]+)$", sign.confirm_email, name="account_confirm_email"),
    path("account/password", sign.password_change, name="account_change_password"),
    path("account/password/set", sign.password_set, name="account_set_password"),
    path("account/password/reset", sign.password_reset, name="account_reset_password"),
    path("account/password/reset/sent", sign.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        sign.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/password/reset/done", sign.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/sessions", sessions.list_usersessions, name="usersessions_list"),
    path("account/factors", mfa.index, name="mfa_index"),
    path("account/factors/sign-in", mfa.authenticate, name="mfa_authenticate"),
    path("account/factors/confirm", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/factors/app/add", totp.activate_totp, name="mfa_activate_totp"),
    path("account/factors/app/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factors/codes", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/factors/codes/new", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/factors/codes/file", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/factors/keys", keys.list_webauthn, name="mfa_list_webauthn"),
    path("account/factors/keys/add", keys.add_webauthn, name="mfa_add_webauthn"),
    path("account/factors/keys/confirm", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/factors/keys/sign-in", begins_session(keys.login_webauthn), name="mfa_login_webauthn"),
    path("account/factors/keys/<int:pk>/remove", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/factors/keys/<int:pk>/edit", keys.edit_webauthn, name="mfa_edit_webauthn"),
]
