"""Anything at all as input: always a verdict and a reason, in bounded time, never an exception."""

from __future__ import annotations

import gzip
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    X_PJ,
    Registre,
    depense,
    etaler,
    examiner_octets,
    regles_de,
)
from tests.unit.pes_regles.test_regles import verifier_la_phrase
from vaguemestre.pes.examen import Examen, Reglages
from vaguemestre.pes.schema import Schemas

BON = depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj()))
CLES = {"file", "verdict", "schema", "anomalies", "bordereaux", "pieces", "pj", "total_ht"}
CLES_ANOMALIE = {"regle", "gravite", "ref", "ligne", "chemin", "message", "conseil"}
PREFIXES = ("xsd.", "xml.", "pes.", "sig.", "pj.", "registre.")
# Far above anything measured: only a reading that never ends reaches it.
_SECONDES = 30


class Interminable(AssertionError):
    """The examination did not end."""


@contextmanager
def gardien() -> Iterator[None]:
    """Breaks a reading that hangs, where the platform can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def sonner(*_: object) -> None:
        raise Interminable

    avant = signal.signal(signal.SIGALRM, sonner)
    signal.alarm(_SECONDES)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, avant)


def juger(dossier: Path, octets: bytes, schemas: Schemas, **k: object) -> Examen:
    """Examine, and check what holds for every examination whatever the file."""
    with gardien():
        examen = examiner_octets(dossier, octets, schemas, **k)  # type: ignore[arg-type]
    bloquantes = [a for a in examen.anomalies if a.bloquante]
    assert (examen.verdict == "rejete") == bool(bloquantes)
    document = json.loads(json.dumps(examen.as_json()))
    assert set(document) == CLES
    for anomalie in document["anomalies"]:
        assert set(anomalie) >= CLES_ANOMALIE
        assert anomalie["regle"].startswith(PREFIXES)
        assert anomalie["message"]
        assert anomalie["conseil"]
        assert anomalie["ref"]
        assert anomalie["chemin"].startswith("/")
        assert anomalie["ligne"] >= 1
    return examen


def _doctype(corps: str) -> bytes:
    return BON.replace(
        b"<n:PES_Aller", f"<!DOCTYPE n:PES_Aller {corps}>".encode() + b"<n:PES_Aller", 1
    )


_RIRES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
_ENORME = "A" * 20_000_000

REFUS: dict[str, tuple[bytes, str]] = {
    "only white space": (b" \n\t ", "xml.nature"),
    "only zeros": (bytes(4096), "xml.encodage"),
    "billion laughs": (_doctype(f'[<!ENTITY a0 "ha">{_RIRES}]'), "xml.doctype"),
    "quadratic": (_doctype(f'[<!ENTITY a "{"a" * 100_000}">]'), "xml.doctype"),
    "external entity": (_doctype('[<!ENTITY x SYSTEM "file:///etc/hostname">]'), "xml.doctype"),
    "external DTD": (_doctype('SYSTEM "http://exemple.invalid/pes.dtd"'), "xml.doctype"),
    "parameter entity": (_doctype('[<!ENTITY % x SYSTEM "file:///dev/zero"> %x;]'), "xml.doctype"),
    "DOCTYPE after 100 KB of comment": (
        BON.replace(
            b"<n:PES_Aller", b"<!--" + b"-" + b"c" * 100_000 + b"--><!DOCTYPE a><n:PES_Aller", 1
        ),
        "xml.doctype",
    ),
    "UTF-16 with its mark": (BON.decode("latin-1").encode("utf-16"), "xml.encodage"),
    "UTF-16 without mark": (BON.decode("latin-1").encode("utf-16-le"), "xml.encodage"),
    "UTF-32": (BON.decode("latin-1").encode("utf-32-be"), "xml.encodage"),
    "says UTF-8, is Latin-1": (
        BON.replace(b"ISO-8859-1", b"UTF-8").replace(b"NOUMEA", b"NOUM\xc9A"),
        "xml.encodage",
    ),
    "says UTF-7": (BON.replace(b"ISO-8859-1", b"UTF-7"), "xml.encodage"),
    "depth 100,000": (f.pes("<a>" * 100_000 + "</a>" * 100_000), "x"),
    "depth 100,000 without end": (f.pes("<a>" * 100_000), "x"),
    "depth 100,000 of Bordereau": (f.pes("<Bordereau>" * 100_000), "x"),
    "attribute of 20 MB": (f.pes(LibelleColBud=_ENORME), "x"),
    "text of 20 MB": (f.pes(_ENORME), "x"),
    "comment of 20 MB that never ends": (BON.replace(b"<PES_PJ>", b"<!--" + _ENORME.encode()), "x"),
    "100,000 attributes": (
        BON.replace(
            b"<PES_PJ>", b"<PES_PJ " + b" ".join(b'a%d="1"' % i for i in range(100_000)) + b">"
        ),
        "x",
    ),
    "cut inside a tag": (BON[: BON.index(b"<MtHT") + 4], "xml."),
    "cut inside the base64": (BON[: BON.index(b"</Fichier") - 9], "xml."),
    "cut after the declaration": (BON[: BON.index(b"<n:PES")], "xml."),
    "two roots": (BON + BON[BON.index(b"<n:PES") :], "xml."),
    "root of another namespace": (BON.replace(b"pes_v2/Rev0", b"pes_v1/Rev0"), "xml.racine"),
    "declaration not first": (b"\n" + BON, "xml."),
}


@pytest.mark.parametrize("nom", REFUS)
def test_a_bad_file_is_refused_with_a_reason(nom: str, tmp_path: Path, schemas: Schemas) -> None:
    octets, prefixe = REFUS[nom]
    examen = juger(tmp_path, octets, schemas)
    assert examen.verdict == "rejete"
    raisons = [a for a in examen.anomalies if a.regle.startswith(("xml.", "xsd."))]
    assert raisons[0].regle.startswith(prefixe), regles_de(examen)
    verifier_la_phrase(raisons[0])


_GZIP_DE_ZEROS = f.contenu(b"%PDF-1.4\n" + bytes(50_000_000) + b"\nstartxref\n9\n%%EOF")
_ZIP = b"PK\x03\x04" + bytes(80) + b"PK\x05\x06" + bytes(18)

CONTENUS: dict[str, tuple[str, str]] = {
    "gzip bomb": (_GZIP_DE_ZEROS, "pj.gzip"),
    "gzip in gzip": (f.contenu(gzip.compress(f.PDF)), "pj.mime"),
    "not gzip": (f.contenu(f.PDF, compresser=False), "pj.gzip"),
    "one byte": ("AA==", "pj.gzip"),
    "not base64": ("pas du base64 !", "xsd.fichier.base64"),
    "base64 of URLs": (f.contenu(bytes(range(256)) * 4).replace("A", "-"), "xsd.fichier.base64"),
    "padding in the middle": ("AAA=" + f.contenu(f.PDF), "xsd.fichier.base64"),
    "cut": (f.contenu(f.PDF)[:-3], "xsd.fichier.base64"),
    "text that calls itself PDF": (f.contenu(b"Bonjour, ceci est ma facture."), "pj.mime"),
    "zip that calls itself PDF": (f.contenu(_ZIP), "pj.mime"),
    "program": (f.contenu(b"MZ" + bytes(300)), "pj.mime"),
    "empty": ("", "pj.vide"),
    "only white space": (" \n\t ", "pj.vide"),
    "an element": (f"<b>{f.contenu(f.PDF)}</b>", "xsd."),
    "an entity": (f.contenu(f.PDF) + "&amp;", "xsd."),
}


@pytest.mark.parametrize("nom", CONTENUS)
def test_a_bad_content_is_told_at_its_pj(nom: str, tmp_path: Path, schemas: Schemas) -> None:
    texte, regle = CONTENUS[nom]
    octets = depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj(texte=texte)))
    examen = juger(tmp_path, octets, schemas, reglages=Reglages(expansion_max=20_000_000))
    assert examen.verdict == "rejete"
    dites = [a for a in examen.anomalies if a.regle.startswith(regle)]
    assert dites, regles_de(examen)
    assert dites[0].chemin.startswith(X_PJ)


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        (b"<Fichier", b"<!-- > <Fichier> --><Fichier"),
        (b"</Fichier>", b"</Fichier><?suite <Fichier> ?>"),
        (b"<Contenu>", b"<Contenu><!--<PJ>--><!----><?x?>"),
        (b'MIMEType="application/pdf"', b"MIMEType = 'application/pdf'  "),
        (b'<Description V="Facture"/>', b'<Description V="Facture > 10 / 2"/>'),
        (b'<Description V="Facture"/>', b"<Description V='Fichier>'></Description>"),
        (b'<Description V="Facture"/>', b'<Description V="&lt;/Fichier&gt;"/>'),
        (b"</Fichier>", b"</Fichier\n>"),
        (b"?>\n", b"?>\r\n\r\n"),
    ],
)
def test_what_xml_allows_around_a_content_changes_nothing(
    avant: bytes, apres: bytes, tmp_path: Path, schemas: Schemas
) -> None:
    octets = BON.replace(avant, apres, 1)
    assert octets != BON
    examen = juger(tmp_path, octets, schemas)
    assert examen.anomalies == ()
    assert examen.sommaire is not None
    assert [pj.taille for pj in examen.sommaire.pjs] == [len(f.PDF)]


@pytest.mark.parametrize("coupe", [b"<![CDATA[%s]]>", b"<!---->%s", b"%s<?x y?>"])
def test_a_content_cut_by_markup_is_never_taken_for_sound(
    coupe: bytes, tmp_path: Path, schemas: Schemas
) -> None:
    """libxml2 takes CDATA and comments inside Fichier; whether Hélios does is not known."""
    texte = f.contenu(f.PDF).encode()
    octets = BON.replace(texte, coupe.replace(b"%s", texte), 1)
    examen = juger(tmp_path, octets, schemas)
    assert examen.verdict == "rejete"


def test_a_register_changes_nothing_for_a_file_without_reference(
    tmp_path: Path, schemas: Schemas
) -> None:
    assert juger(tmp_path, f.pes(), schemas, registre=Registre()).anomalies == ()


def test_without_a_register_a_missing_pj_only_warns(tmp_path: Path, schemas: Schemas) -> None:
    octets = depense(refs=f.pj_ref("PJ0009"))
    sans = juger(tmp_path, octets, schemas)
    assert (sans.verdict, regles_de(sans)) == ("accepte", ["registre.pjref.inconnue"])
    avec = juger(tmp_path, octets, schemas, registre=Registre())
    assert (avec.verdict, regles_de(avec)) == ("rejete", ["registre.pjref.absente"])


_HYPOTHESE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_HYPOTHESE
@given(fin=st.integers(0, len(BON) - 1), etale=st.booleans())
@example(fin=len(BON) - 2, etale=False)
def test_a_file_cut_anywhere_is_refused(
    fin: int, etale: bool, tmp_path: Path, schemas: Schemas
) -> None:
    octets = etaler(BON)[:fin] if etale else BON[:fin]
    examen = juger(tmp_path, octets, schemas)
    assert examen.verdict == "rejete"
    assert any(r.startswith("xml.") for r in regles_de(examen))


_SIGNES = "< > & \" ' <!-- --> <![CDATA[ ]]> <?x ?> /> <Fichier <Fichier> </Fichier> &#13; &#x9;"
_BALISES = "<Piece> <Bordereau> </Bordereau> <PJ> </LigneDePiece> <!DOCTYPE xmlns='a' \0 \n é"
_MORCEAUX = st.sampled_from(
    [morceau.encode("latin-1") for morceau in f"{_SIGNES} {_BALISES}".split(" ")]
) | st.binary(min_size=1, max_size=8)
_COUPS = st.lists(
    st.tuples(st.integers(0, len(BON) - 1), st.integers(0, 40), _MORCEAUX), min_size=1, max_size=5
)


@_HYPOTHESE
@given(coups=_COUPS, etale=st.booleans(), connu=st.booleans())
def test_any_change_of_a_valid_file_gets_a_verdict(
    coups: list[tuple[int, int, bytes]], etale: bool, connu: bool, tmp_path: Path, schemas: Schemas
) -> None:
    octets = etaler(BON) if etale else BON
    for place, longueur, morceau in coups:
        octets = octets[:place] + morceau + octets[place + longueur :]
    juger(tmp_path, octets, schemas, registre=Registre() if connu else None)
