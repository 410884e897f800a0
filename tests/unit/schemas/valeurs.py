"""Values at the edges of each simple type: inside, and just outside."""

from __future__ import annotations

from tests.unit.schemas.modele import Simple

# Types whose pattern cannot be told from lengths alone: values inside, then values outside.
_FORMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "codique": (
        ("988001", "9880012", "02A123", "02A1234", "02B999", "000001", "0000010"),
        (
            "98800",
            "98800123",
            "02C123",
            "02a123",
            "02A12",
            "2A1234",
            "000000",
            "0000000",
            "02A12345",
            "A12345",
            " 988001",
        ),
    ),
    "codeCollectivite": (
        ("001", "400", "999", "010"),
        ("000", "01", "0001", "4O0", "", "40 ", "nc1"),
    ),
    "codeBudget": (("00", "01", "A0", "Z9", "99"), ("0", "001", "0A", "a1", "AA", "", "É1")),
    "bic": (
        ("BNPAFRPP", "BNPAFRPPXXX", "ABCDEF2A", "ABCDEFZ9", "ABCDEF9P123"),
        (
            "BNPAFRP",
            "BNPAFRPPX",
            "BNPAFRPPXX",
            "BNPAFRPPXXXX",
            "bnpafrpp",
            "ABCDEF1A",
            "ABCDEF0A",
            "ABCDEFAO",
            "BNPAFRPPxxx",
        ),
    ),
    "iban": (
        ("FR7630006000011234567890189", "FR76a", "AA00" + "9" * 30, "NC14AbcD1", "ZZ99z"),
        (
            "FR76",
            "AA00" + "9" * 31,
            "fr7630006000011234567890189",
            "F7630006",
            "FR76 3000",
            "FR7X3000",
            "FR76É",
        ),
    ),
    "nomDePJ": (
        (
            "a.pd",
            "facture.pdf",
            "a.PDF1",
            "x" * 96 + ".pdf",
            "0.00",
            "é à.xml",
            "a.b.c.zip",
            "..ab",
        ),
        (
            "facture",
            "facture.p",
            "facture.pdf12",
            ".pdf",
            "x" * 97 + ".pdf",
            "a.p-f",
            "a.pdf ",
            "",
            "nc",
        ),
    ),
    "identifiantPJ": (
        ("1", "2026_A/12", "z" * 20, "/", "_0"),
        ("", "0", "00", "nc", "z" * 21, "A-1", "A 1", "é"),
    ),
    "numeroFactureCPP": (
        ("1", "FA-2026/12_a+b", "  a", "z" * 20, "a ", "-", "+"),
        ("", "0", " ", "nc", "z" * 21, "A.1", "A,1", "n°1", "é", "00"),
    ),
    "codeDepartement": (
        ("01", "2A", "2B", "89", "95", "971", "978", "986", "988", "90"),
        ("00", "96", "2C", "2a", "970", "979", "985", "989", "1", "0", "0101", "98"),
    ),
    "codeCommune": (("01", "999", "10", "100", "001"), ("00", "000", "1", "1000", "0A", "")),
    "codePaysNaissance": (("100", "599", "350"), ("099", "600", "10", "1000", "", "10A")),
    "lieuNaissance70": (
        ("NOUMEA", "L'ILE-D'YEU (85)", "Œ", "Z" * 70, "9", "A"),
        ("Noumea", "Z" * 71, "", " ", "0", "ÉPINAL", "A.B", "NOUMEA,", "nc"),
    ),
    "ligneTalon": (
        ("1", "A1 B2", " ", "0" * 60, "Z" * 60, "9\t8"),
        ("", "a", "É", "A" * 61, "A-1", "1.0"),
    ),
    "siretFixe": (
        ("98800112345678", "00000000000000", "99999999999999"),
        ("", "9880011234567", "988001123456789", "9880011234567A", "9880011234567 ", "nc"),
    ),
    "numeroMarche": (
        ("20261", "2026MARCHE0001", "20001", "20500", "2049é", "2026    x"),
        ("2026", "20511", "19991", "2026" + "x" * 11, "", "nc", "A2026", "0" * 14, "2O261"),
    ),
    "numeroOrdre": (("00", "01", "99", "AB", "é ", "  "), ("", "0", "001")),
    "numeroActe": (("01", "10", "99", "09", "90"), ("00", "0", "1", "001", "A1", "", "1A", "100")),
    "codeCpv": (
        ("45000000", "45000000-7", "00000000", "99999999-0"),
        ("4500000", "450000000", "45000000-", "45000000-77", "", "4500000A", "45000000 7"),
    ),
    "moisAnnee": (
        ("01-2026", "12-2026", "10-0000", "09-9999"),
        ("13-2026", "00-2026", "1-2026", "2026-01", "01/2026", "", "01-26", "01-20266"),
    ),
    "dateDepuis1900": (
        ("1900-01-01", "1900-01-02", "2026-11-21", "2026-11-21Z", "9999-12-31"),
        (
            "1899-12-31",
            "1899-01-01",
            "0001-01-01",
            "2026-02-29",
            "",
            "21/11/2026",
            "1900-01-01T00:00:00",
        ),
    ),
    "xs:date": (
        (
            "2026-01-01",
            "2024-02-29",
            "2026-12-31",
            "1899-12-31",
            "9999-12-31",
            "2026-11-21Z",
            "2026-11-21+11:00",
        ),
        (
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-31",
            "26-11-21",
            "21/11/2026",
            "",
            "2026-11-21T00:00:00",
            "45617",
            "2026-1-1",
            " 2026-11-21 ",
        ),
    ),
    "xs:gYear": (
        ("2026", "0001", "9999", "2026Z", "12026"),
        (" 2026", "26", "202", "02026", "", "2026-11", "An", "2026.0"),
    ),
    "xs:boolean": (
        ("0", "1", "true", "false", " 1 "),
        ("2", "", "oui", "TRUE", "O", "01", "-1", "True"),
    ),
}
_ALPHANUM = "z9A0"


def typique(simple: Simple) -> str:
    """A plain good value, the same in every version."""
    if simple.nom == "texte4a80":
        return "98800112345678"
    inside, _ = bords(simple)
    return inside[0]


def bords(simple: Simple) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Values just inside and just outside the type; neither is empty."""
    if simple.codes:
        return simple.codes, _codes_voisins(simple)
    if simple.nom in _FORMES:
        return _FORMES[simple.nom]
    if simple.base == "xs:decimal":
        return _decimaux(simple)
    return _textes(simple)


def _codes_voisins(simple: Simple) -> tuple[str, ...]:
    """The codes that the list does not hold up to ten past its last, and a few shapes of error."""
    width = len(simple.codes[0])
    greatest = max((int(code) for code in simple.codes if code.isdecimal()), default=0)
    past = min(greatest + 11, 10**width)
    others = [f"{number:0{width}}" for number in (*range(past), 10**width - 1)]
    shapes = [
        "",
        simple.codes[0] + " ",
        " " + simple.codes[0],
        simple.codes[-1] + "0",
        simple.codes[0].lower(),
        "0" * (width + 1),
    ]
    return tuple(dict.fromkeys(code for code in others + shapes if code not in simple.codes))


def _decimaux(simple: Simple) -> tuple[tuple[str, ...], tuple[str, ...]]:
    total, fraction = simple.facette("totalDigits") or 5, simple.facette("fractionDigits") or 0
    named = dict(simple.facettes)
    whole = total - fraction if "maxExclusive" not in named else 2
    top = "9" * whole + ("." + "9" * fraction if fraction else "")
    inside = [
        "1",
        "9",
        top,
        "0000000000000001",
        "+1",
        " 1 ",
        "1." + "0" * fraction,
        "1.00"[: 2 + fraction],
    ]
    outside = [
        "",
        "1,5",
        "1E+2",
        "1 000",
        "abc",
        "1e3",
        "--1",
        "0x1",
        "." + "0" * (fraction + 1) + "1",
        "INF",
        "1" + "0" * total,
        "9" * (total + 1),
    ]
    if fraction:
        # A whole number may use all the digits: the limit is on digits, not on the integer part.
        inside += ["0.01", "1.10", ".5", "0.50", "1.000"] + (
            ["1" + "0" * (total - 2)] if "maxExclusive" not in named else []
        )
        beyond = "0" * fraction + "1"
        outside += [f"0.{beyond}", "1." + "2345678"[: fraction + 1], "9" * total + ".01"]
    else:
        outside += ["1.5", "0.1"]
    zero, negative = ["0", "0.00", "-0", "000"], ["-1", "-9"] + (["-0.01"] if fraction else [])
    lower_open, lower_closed = "minExclusive" in named, "minInclusive" in named
    (outside if lower_open else inside).extend(zero)
    (outside if lower_open or lower_closed else inside).extend(negative)
    if "maxExclusive" in named:
        outside += ["100", "100.00", "100.01", "1000"]
        inside += ["99.99", "99.9"]
        outside = [value for value in outside if value != "." + "0" * (fraction + 1) + "1"] + [
            "99.999"
        ]
    return tuple(inside), tuple(outside)


def _textes(simple: Simple) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mini, maxi = simple.facette("minLength") or 0, simple.facette("maxLength") or 20
    patterns = [value for name, value in simple.facettes if name == "pattern"]
    reel = any(".*[^0]+.*" in value for value in patterns)
    alphabet, refused = _alphabet(simple, patterns)
    lengths = sorted({max(mini, 1), min(mini + 1, maxi), max(maxi - 1, mini, 1), maxi})
    inside = [(alphabet * maxi)[:length] for length in lengths]
    inside += [alphabet[0] * length for length in lengths]
    outside = [alphabet[0] * (maxi + 1), (alphabet * (maxi + 2))[: maxi + 2], *refused]
    zeros = [zero for zero in ("0", "0" * maxi) if reel or len(zero) >= mini]
    (outside if reel else inside).extend(zeros)
    if reel:
        outside += ["nc"] + ([" ", "."] if len(alphabet) > 5 else [])
        inside += (
            [value for value in ("0" * (maxi - 1) + "1", "ncn", "NC") if mini <= len(value) <= maxi]
            if alphabet != "0987"
            else []
        )
    if mini:
        outside += ["", alphabet[0] * (mini - 1)]
    else:
        inside.append("")
    return tuple(inside), tuple(outside)


def _alphabet(simple: Simple, patterns: list[str]) -> tuple[str, list[str]]:
    """Characters the type accepts, and short values that hold one it does not."""
    name = simple.nom.lower()
    if name.startswith("chiffres"):
        return "0987", ["A", "-1"[:2], " ", "1.", "é"]
    if name.startswith("alphanum"):
        return _ALPHANUM, ["-", "_", "é", " ", "."]
    if name.startswith("textesepa"):
        return "aZ9 /?:().,'+-", ["é", "_", "&", "€", "a;b", "\n"]
    if len(patterns) > 2:
        raise ValueError(f"{simple.nom} : forme sans table de valeurs")
    return "aé9 Zç-'°n c.", []
