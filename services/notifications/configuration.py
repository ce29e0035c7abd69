"""What the notifications service takes from the settings once per process, and what it refuses to start with."""

from __future__ import annotations

from services.notifications import table
from services.notifications.domain.sending import read_hours
from services.notifications.domain.targets import read_allowed
from shared.settings import Settings, SettingsError


def configure(settings: Settings) -> None:
    """Take the deployment's table, and check the channels' settings; raise SettingsError."""
    table.configure(settings)
    try:
        read_hours(settings.quiet_hours)
    except ValueError as error:
        raise SettingsError(f"KHOI_QUIET_HOURS: {error}") from error
    try:
        read_allowed(settings.webhook_allowed)
    except ValueError as error:
        raise SettingsError(f"KHOI_WEBHOOK_ALLOWED: {error}") from error
    if settings.smtp_host and not settings.smtp_sender:
        raise SettingsError(
            "KHOI_SMTP_SENDER: cần địa chỉ gửi khi đã đặt KHOI_SMTP_HOST (needed beside KHOI_SMTP_HOST)"
        )
    if settings.smtp_username and settings.smtp_security == "none":
        raise SettingsError(
            "KHOI_SMTP_SECURITY: không gửi mật khẩu qua kết nối không mã hóa; hãy dùng starttls hoặc tls"
            " (a password does not travel unencrypted)"
        )
