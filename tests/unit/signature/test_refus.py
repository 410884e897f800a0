"""What `sign` refuses, naming what is missing; what a key must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from tests.unit.signature.fabrique import (
    CERTS,
    QUAND,
    cent_vingt,
    cle,
    complet,
    depense,
    domaine_depense,
    domaine_recette,
    pes,
    pj,
    recette,
)
from vaguemestre.errors import DocumentError, SignatureError
from vaguemestre.signature.keys import ouvrir_p12
from vaguemestre.signature.preparation import BordereauASigner
from vaguemestre.signature.xades import OptionsSignature, signer


def _refus(octets: bytes, dossier: Path, montant: Decimal | None = None) -> DocumentError:
    source = dossier / "s.xml"
    source.write_bytes(octets)
    with pytest.raises(DocumentError) as pris:
        signer(source, dossier / "v.xml", cle(), OptionsSignature(), QUAND, lambda _: montant)
    assert not (dossier / "v.xml").exists()
    assert pris.value.anomalies
    assert all(a.bloquante and a.conseil for a in pris.value.anomalies)
    return pris.value


def test_chaque_cumul_manquant_est_nomme(tmp_path: Path) -> None:
    erreur = _refus(complet(), tmp_path)
    assert [(a.regle, a.ref) for a in erreur.anomalies] == [
        ("sig.cumul", "bordereau 12"),
        ("sig.cumul", "bordereau 13"),
        ("sig.cumul", "bordereau 12"),
    ]
    assert "MtCumulAnnuel manque" in str(erreur)
    assert "--cumul 12=MONTANT" in erreur.anomalies[0].conseil


@pytest.mark.parametrize(
    "montant", ["0", "-1", "1.005", "1E+15", "NaN", "Infinity", "1000000000000"]
)
def test_un_cumul_que_le_pes_n_admet_pas(montant: str, tmp_path: Path) -> None:
    erreur = _refus(pes(domaine_depense(depense())), tmp_path, Decimal(montant))
    assert [a.regle for a in erreur.anomalies] == ["sig.cumul"]


@pytest.mark.parametrize("montant", ["0.01", "120", "999999999999.99", "1E+3"])
def test_un_cumul_est_ecrit_tel_quel(montant: str, tmp_path: Path) -> None:
    source, vers = tmp_path / "s.xml", tmp_path / "v.xml"
    source.write_bytes(pes(domaine_depense(depense())))
    signer(source, vers, cle(), OptionsSignature(), QUAND, lambda _: Decimal(montant))
    assert f'V="{format(Decimal(montant), "f")}"/><MtBordHT'.encode() in vers.read_bytes()


@pytest.mark.parametrize(
    ("octets", "regles"),
    [
        (pes(pj()), ["sig.rien_a_signer"]),
        (b"<a/>", ["sig.racine"]),
        (complet().replace(b"pes_v2/Rev0/aller", b"pes_v2/autre"), ["sig.racine"]),
        (pes(domaine_depense(depense(id_="A") + depense(13, id_="A"))), ["sig.id.double"]),
        (pes(domaine_depense(depense(id_="1A"))), ["sig.id"]),
        (pes(domaine_depense(depense(id_="a:b"))), ["sig.id"]),
        (pes(domaine_depense(depense(cumul="0"))), ["sig.cumul"]),
        (pes(domaine_depense(depense(), '<InfoDematerialisee V="2"/>')), ["sig.demat"]),
        (pes(domaine_depense(depense(), "<InfoDematerialisee/>")), ["sig.demat"]),
        (pes(domaine_depense(depense(), "")).replace(b'<IdVer V="2"/>', b""), ["sig.demat"]),
        (pes(domaine_depense("<Bordereau/>")), ["sig.bordereau"]),
        (pes(domaine_depense(depense())).replace(b'<Exer V="2026"/>', b""), ["sig.bordereau"]),
        (
            pes(domaine_depense(depense())).replace(b'Exer V="2026"', b'Exer V="MMXX"'),
            ["sig.bordereau"],
        ),
        (
            pes(domaine_depense(depense())).replace(b'HT V="100.00"', b'HT V="1E2"'),
            ["sig.bordereau"],
        ),
        (pes(domaine_depense(depense())).replace(b'<NbrPce V="1"/>', b""), ["sig.bordereau"]),
        (pes(domaine_recette(recette())).replace(b"MtBordHt", b"MtBordHT"), ["sig.bordereau"]),
    ],
)
def test_ce_que_helios_refuserait(octets: bytes, regles: list[str], tmp_path: Path) -> None:
    erreur = _refus(octets, tmp_path, Decimal(1))
    assert [a.regle for a in erreur.anomalies] == regles


@pytest.mark.parametrize("mode", ["bordereau", "globale"])
def test_un_fichier_signe_ne_se_signe_pas_deux_fois(mode: str, tmp_path: Path) -> None:
    source, vers = tmp_path / "a.xml", tmp_path / "b.xml"
    source.write_bytes(complet())
    options = OptionsSignature(mode=mode)  # type: ignore[arg-type]
    signer(source, vers, cle(), options, QUAND, cent_vingt)
    erreur = _refus(vers.read_bytes(), tmp_path, Decimal(1))
    assert [a.regle for a in erreur.anomalies] == ["sig.deja_signe"]


def test_le_cumul_est_demande_avec_ce_qu_il_faut(tmp_path: Path) -> None:
    demandes: list[BordereauASigner] = []

    def cumul(bordereau: BordereauASigner) -> Decimal | None:
        demandes.append(bordereau)
        return Decimal(5)

    source = tmp_path / "s.xml"
    source.write_bytes(complet())
    signer(source, tmp_path / "v.xml", cle(), OptionsSignature(), QUAND, cumul)
    assert [(b.domaine, b.numero, b.montant_ht, b.montant_tva) for b in demandes] == [
        ("depense", 12, Decimal("100.00"), Decimal("20.00")),
        ("depense", 13, Decimal("100.00"), Decimal("20.00")),
        ("recette", 12, Decimal("31.50"), Decimal(0)),
    ]


def test_la_qualite_du_signataire_est_obligatoire(tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    source.write_bytes(complet())
    with pytest.raises(SignatureError, match="qualité"):
        signer(source, tmp_path / "v.xml", cle(), OptionsSignature(role=" "), QUAND, cent_vingt)


def test_un_certificat_expire_ne_signe_pas(tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    source.write_bytes(complet())
    with pytest.raises(SignatureError, match="expiré depuis le 31/12/2022"):
        signer(source, tmp_path / "v.xml", cle("expire"), OptionsSignature(), QUAND, cent_vingt)
    with pytest.raises(SignatureError, match="à partir du 01/01/2020"):
        ouvrir_p12(CERTS / "signataire.p12", "vaguemestre", datetime(2019, 1, 1, tzinfo=UTC))


def test_un_mot_de_passe_faux(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="mot de passe"):
        ouvrir_p12(CERTS / "signataire.p12", "autre")
    with pytest.raises(SignatureError, match="illisible"):
        ouvrir_p12(tmp_path / "absent.p12", "")
    (tmp_path / "vide.p12").write_bytes(b"")
    with pytest.raises(SignatureError, match="PKCS#12"):
        ouvrir_p12(tmp_path / "vide.p12", "")


def _auto_signe(
    cle_privee: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, signe: bool
) -> x509.Certificate:
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ESSAI")])
    usage = x509.KeyUsage(
        digital_signature=not signe,
        content_commitment=signe,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle_privee.public_key())
        .serial_number(1)
        .not_valid_before(QUAND - timedelta(days=1))
        .not_valid_after(QUAND + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(cle_privee, hashes.SHA256())
    )


def test_une_cle_faible_ou_d_un_autre_genre(tmp_path: Path) -> None:
    courte = rsa.generate_private_key(65537, 1024)  # noqa: S505
    courbe = ec.generate_private_key(ec.SECP256R1())
    bonne = rsa.generate_private_key(65537, 2048)
    cas: list[
        tuple[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None, x509.Certificate, str]
    ] = [
        (courte, _auto_signe(courte, signe=True), "2048"),
        (courbe, _auto_signe(courbe, signe=True), "pas RSA"),
        (bonne, _auto_signe(bonne, signe=False), "vocation à signer"),
        (None, _auto_signe(bonne, signe=True), "clé privée"),
    ]
    for privee, certificat, message in cas:
        chemin = tmp_path / "essai.p12"
        chemin.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"e", privee, certificat if privee else None, [certificat], NoEncryption()
            )
        )
        with pytest.raises(SignatureError, match=message):
            ouvrir_p12(chemin, "", QUAND)
