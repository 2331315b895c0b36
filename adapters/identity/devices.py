"""Devices with passkeys, spoken to by the package `webauthn`."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from application.others import Untrusted
from application.passkeys import Made
from domain.ids import AccountId

NAME: Final = "Support hub"


class WebauthnDevices:
    """A passkey is for this site alone, found without a name, and asks its owner each time."""

    def asked_to_make(self, url: str, challenge: bytes, account: AccountId, name: str, known: Sequence[bytes]) -> str:
        """The options of `navigator.credentials.create`, as JSON."""
        from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - heavy, and seldom needed
        from webauthn.helpers import structs  # noqa: PLC0415 - as above

        options = generate_registration_options(
            rp_id=_host(url),
            rp_name=NAME,
            user_name=name,
            user_id=account.encode(),
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        return options_to_json(options)

    def asked_to_sign(self, url: str, challenge: bytes) -> str:
        """The options of `navigator.credentials.get`, as JSON."""
        from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - as above
        from webauthn.helpers import structs  # noqa: PLC0415 - as above

        options = generate_authentication_options(
            rp_id=_host(url),
            challenge=challenge,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def made(self, url: str, challenge: bytes, answer: str) -> Made:
        """Nobody vouches for the device, and nobody is asked to."""
        from webauthn import verify_registration_response  # noqa: PLC0415 - as above
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - as above

        try:
            found = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=_host(url),
                expected_origin=url,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError):
            raise Untrusted("signature") from None
        return Made(found.credential_id, found.credential_public_key, found.sign_count)

    def signed(self, url: str, challenge: bytes, answer: str, made: Made) -> int:
        """Signed by this passkey, here, for this, after its owner was asked."""
        from webauthn import verify_authentication_response  # noqa: PLC0415 - as above
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - as above

        try:
            found = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=_host(url),
                expected_origin=url,
                credential_public_key=made.key,
                credential_current_sign_count=made.signed,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError):
            raise Untrusted("signature") from None
        return found.new_sign_count


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
