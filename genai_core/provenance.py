"""Signed provenance of pictures: a C2PA manifest put into a PNG or JPEG, and what its check says, in one word.

C2PA technical specification 2.4 (https://spec.c2pa.org): a manifest holds a signed claim with a hash over the whole file but the
manifest itself, so that one changed bit is noticed. It says who signed, and that nothing changed since. It does not say that a
picture is true, and its absence says nothing at all: an ordinary re-save drops it.

The certificate is a demonstration's: a root and a leaf made on this machine at first use. Nobody else trusts it, and nobody should. No
time-stamping service is asked, and nothing is fetched: everything works offline. c2pa and cryptography are imported where they are used.
"""

from __future__ import annotations

import io
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from genai_core.contracts import N_
from genai_core.errors import DataError

Kind = Literal["signed", "foreign", "tampered", "none", "unreadable"]
VERDICTS: dict[Kind, str] = {
    "signed": N_("Signed here, and unchanged since"),
    "foreign": N_("Unchanged since somebody signed it whom this house does not know"),
    "tampered": N_("Changed after it was signed"),
    "none": N_("No manifest: nothing can be said, also not that it is real"),
    "unreadable": N_("A manifest that cannot be read"),
}
SIGNER = "GenAI in the Balance, demonstration"
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"  # IPTC's word for "made by a model"
FILE = "demonstration-certificate.pem"
YEARS = 10
BEGIN = "-----BEGIN "


@dataclass(frozen=True)
class Credentials:
    """A signing key with its certificate, and the root by which a verifier knows it; all of them PEM texts."""

    key: str
    leaf: str
    root: str


@dataclass(frozen=True)
class Verdict:
    """What a check came to: ``kind``, a key of VERDICTS, the validator's own status ``codes``, and who signed ("" where unsigned)."""

    kind: Kind
    codes: tuple[str, ...] = ()
    signer: str = ""


# --- keys ------------------------------------------------------------------------------------------------------------


def new_credentials(name: str = SIGNER) -> Credentials:
    """A fresh P-256 key, a root made for it alone, whose own key is thrown away, and a leaf as the C2PA profile wants it."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def called(common: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, common)]
        )

    def usage(**wanted: bool) -> x509.KeyUsage:
        names = (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        )  # fmt: skip
        return x509.KeyUsage(**{n: wanted.get(n, False) for n in names})

    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    end = start + datetime.timedelta(days=365 * YEARS)
    above, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = called("Demonstration root")

    def certificate(subject: x509.Name, key: Any, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
        )

    root = certificate(issuer, above, True).add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
    leaf = (
        certificate(called(name), own, False)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    )
    private = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = [
        builder.sign(above, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
        for builder in (leaf, root)
    ]
    return Credentials(private.decode(), *public)


def credentials(folder: Path) -> Credentials:
    """This machine's demonstration certificate, made in ``folder`` at first use, readable by its owner alone.

    Two processes that come first at once end up with the same one: the file appears whole or not at all, and the first wins.
    DataError where the file is there and is no such certificate.
    """
    path = folder / FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = new_credentials()
        draft = folder / f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(made.key + made.leaf + made.root)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its certificate is the one
        finally:
            draft.unlink()
    parts = [BEGIN + part for part in path.read_text("ascii", "replace").split(BEGIN)[1:]]
    if len(parts) != 3 or "PRIVATE KEY" not in parts[0]:
        raise DataError(N_("{file} holds no demonstration certificate. Delete it, and a new one is made."), file=FILE)
    return Credentials(*parts)


def folder_for(store: Any) -> Path:
    """Where the certificate of a store is kept: hidden in its folder, or in the user's own where the store is elsewhere."""
    root = getattr(getattr(store, "files", None), "root", None)
    if isinstance(root, Path):
        return root / ".keys"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "genai-in-the-balance"


# --- signing and checking --------------------------------------------------------------------------------------------


def sign(data: bytes, by: Credentials, title: str = "generated.png", mime: str = "image/png") -> bytes:
    """The file with a manifest: made by a trained model, signed now. The pixels are not touched."""
    import c2pa

    manifest = {
        "claim_generator_info": [{"name": SIGNER}],
        "title": title,
        "format": mime,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": TRAINED}]},
            }
        ],
    }
    settings = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}
    info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, (by.leaf + by.root).encode(), by.key.encode(), None)
    signed = io.BytesIO()
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder(manifest, context) as builder,
        c2pa.Signer.from_info(info) as signer,
    ):
        builder.sign(signer, mime, io.BytesIO(data), signed)
    return signed.getvalue()


def verify(data: bytes, by: Credentials, mime: str = "image/png") -> Verdict:
    """What a verifier says who knows the root of ``by`` and no other."""
    import c2pa

    settings = {
        "trust": {"trust_anchors": by.root},
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    }
    with c2pa.Context.from_dict(settings) as context:
        try:
            with c2pa.Reader(mime, io.BytesIO(data), context=context) as reader:
                found, state = json.loads(reader.json()), reader.get_validation_state()
        except c2pa.C2paError.ManifestNotFound:
            return Verdict("none")
        except c2pa.C2paError:  # whatever else it stumbles over: the file is a stranger's
            return Verdict("unreadable")
    codes = tuple(entry["code"] for entry in found.get("validation_status", ()))
    active = found.get("manifests", {}).get(found.get("active_manifest", ""), {})
    signer = str((active.get("signature_info") or {}).get("issuer", ""))[:80]
    if state == "Trusted":
        return Verdict("signed", codes, signer)
    if state == "Valid":
        return Verdict("foreign", codes, signer)
    return Verdict("tampered", codes, signer)
