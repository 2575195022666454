"""Sentences of allauth and Django that a language says otherwise here: Chinese in the words of our own pages, with 你.

They stand here so that the catalogues may hold them; nothing reads the list.
"""

from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext_lazy

SENTENCES = [
    later("You cannot remove your primary email address (%(email)s)."),
    later("This email address is already associated with this account."),
    later("The email address and/or password you specified are not correct."),
    later("A user is already registered with this email address."),
    later("Please type your current password."),
    later("Incorrect code."),
    later("Incorrect password."),
    later("Invalid or expired key."),
    later("The password reset token was invalid."),
    later("Too many failed login attempts. Try again later."),
    later("The email address is not assigned to any user account."),
    later("Your primary email address must be verified."),
    later("The new value must be different from the current one."),
    later("Be patient, you are sending too many requests."),
    later("Use your password"),
    later("Use authenticator app or code"),
    later("Email address"),
    later("You must type the same password each time."),
    later("Code"),
    later("You cannot add an email address to an account protected by two-factor authentication."),
    later("You cannot deactivate two-factor authentication."),
    later("You cannot generate recovery codes without having two-factor authentication enabled."),
    later("You cannot activate two-factor authentication until you have verified your email address."),
    later("Authenticator code"),
    later("Passwordless"),
    later(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes additional "
        "requirements such as biometrics or PIN protection."
    ),
    later("This account is inactive."),
    later("Account Inactive"),
    later("Please reauthenticate to safeguard your account."),
    later("Alternative options"),
    later(
        "You are receiving this email because you or someone else tried to signup for an\naccount using email "
        "address:\n\n%(email)s\n\nHowever, an account using that email address already exists.  In case you have\n"
        "forgotten about this, please use the password forgotten procedure to recover\nyour account:\n\n"
        "%(password_reset_url)s"
    ),
    later("Account Already Exists"),
    later("Hello from %(site_name)s!"),
    later("Thank you for using %(site_name)s!\n%(site_domain)s"),
    later("You are receiving this mail because the following change was made to your account:"),
    later(
        "If you do not recognize this change then please take proper security precautions immediately. The change "
        "to your account originates from:\n\n- IP address: %(ip)s\n- Browser: %(user_agent)s\n- Date: "
        "%(timestamp)s"
    ),
    later("Your email has been changed from %(from_email)s to %(to_email)s."),
    later("Email Changed"),
    later("Your email has been confirmed."),
    later("Email Confirmation"),
    later(
        "You're receiving this email because user %(user_display)s has given your email address to register an "
        "account on %(site_domain)s."
    ),
    later("To confirm this is correct, go to %(activate_url)s"),
    later("Please Confirm Your Email Address"),
    later("Email address %(deleted_email)s has been removed from your account."),
    later("Email Removed"),
    later("This mail can be safely ignored if you did not initiate this action."),
    later("Your password has been changed."),
    later("Password Changed"),
    later(
        "You're receiving this email because you or someone else has requested a password reset for your user "
        "account.\nIt can be safely ignored if you did not request a password reset. Click the link below to "
        "reset your password."
    ),
    later("Password Reset Email"),
    later("Your password has been reset."),
    later("Your password has been set."),
    later("Password Set"),
    later(
        "You are receiving this email because you, or someone else, tried to access an account with email "
        "%(email)s. However, we do not have any record of such an account in our database."
    ),
    later("If it was you, you can sign up for an account using the link below."),
    later("Unknown Account"),
    later("Confirm Email Address"),
    later(
        'Please confirm that <a href="mailto:%(email)s">%(email)s</a> is an email address for user %(user_display)s.'
    ),
    later("Unable to confirm %(email)s because it is already confirmed by a different account."),
    later(
        'This email confirmation link expired or is invalid. Please <a href="%(email_url)s">issue a new email '
        "confirmation request</a>."
    ),
    later("Confirmation email sent to %(email)s."),
    later("You have confirmed %(email)s."),
    later("Removed email address %(email)s."),
    later("Successfully signed in as %(name)s."),
    later("You have signed out."),
    later("Password successfully changed."),
    later("Password successfully set."),
    later("Primary email address set."),
    later(
        "We have sent you an email. If you have not received it please check your spam folder. Otherwise contact "
        "us if you do not receive it in a few minutes."
    ),
    later("Bad Token"),
    later(
        "The password reset link was invalid, possibly because it has already been used.  Please request a <a "
        'href="%(passwd_reset_url)s">new password reset</a>.'
    ),
    later("Your password is now changed."),
    later("Enter your password:"),
    later("You are already logged in as %(user_display)s."),
    later(
        "You currently do not have any email address set up. You should really add an email address so you can "
        "receive notifications, reset your password, etc."
    ),
    later(
        "We have sent an email to you for verification. Follow the link provided to finalize the signup process. "
        "If you do not see the verification email in your main inbox, check your spam folder. Please contact us "
        "if you do not receive the verification email within a few minutes."
    ),
    later(
        "This part of the site requires us to verify that\nyou are who you claim to be. For this purpose, we "
        "require that you\nverify ownership of your email address. "
    ),
    later(
        "We have sent an email to you for\nverification. Please click on the link inside that email. If you do "
        "not see the verification email in your main inbox, check your spam folder. Otherwise\ncontact us if you "
        "do not receive it within a few minutes."
    ),
    later('<strong>Note:</strong> you can still <a href="%(email_url)s">change your email address</a>.'),
    later("Two-Factor Authentication"),
    later("Your account is protected by two-factor authentication. Please enter an authenticator code:"),
    later("A new set of Two-Factor Authentication recovery codes has been generated."),
    later("A security key has been removed."),
    later("Security Key Added"),
    later("Security Key Removed"),
    later("Authentication using an authenticator app is active."),
    later("An authenticator app is not active."),
    later("No recovery codes set up."),
    later("A new set of recovery codes has been generated."),
    later("Save them  in a secure location now — they won't be shown again."),
    later("Enter an authenticator code:"),
    later("You are about to generate a new set of recovery codes for your account."),
    later("This action will invalidate your existing codes."),
    later("Are you sure?"),
    later("Unused codes"),
    later("Download codes"),
    later("Generate new codes"),
    later("I have saved my recovery codes"),
    later("You are about to deactivate authenticator app based authentication. Are you sure?"),
    later("Are you sure you want to remove this security key?"),
    later("Passkey"),
    later("This key does not indicate whether it is a passkey."),
    later("Last used %(last_used)s"),
    later("Signed out of all other sessions."),
    later("This field is required."),
    later("Enter a valid email address."),
    ngettext_lazy(
        "You have added %(count)s security key.",
        "You have added %(count)s security keys.",
    ),
    ngettext_lazy(
        "There is %(unused_count)s out of %(total_count)s recovery codes available.",
        "There are %(unused_count)s out of %(total_count)s recovery codes available.",
    ),
]
