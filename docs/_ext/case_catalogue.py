"""The catalogue of cases as pages: one for each family, and for family A one for each group.

The pages are written into `reference/cases/` before Sphinx reads the sources. What a page shows of a case is what
`wsconform show` prints, with links to the RFCs.

The directives are ``cases PATTERN`` and ``rfc-clauses NUMBER``. A case has the address `#case-5.9` on its page;
{case}`5.9` is a link to it.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from text_nodes import inline, link, paragraph

from wsconform.cases import CATALOGUE, FAMILIES
from wsconform.cases.api import GROUPS
from wsconform.clauses import CLAUSES
from wsconform.contract.model import Document
from wsconform.coverage import Coverage, State
from wsconform.kind import AnyCase
from wsconform.kinds import kind_of
from wsconform.model import Clause
from wsconform.profile import PROFILES
from wsconform.selection import select
from wsreport.model import CaseInfo, ClauseRef

__all__ = ["setup"]

FOLDER = "reference/cases"
CONTRACT = "A"
#: By the sign with which a line of `wsconform show` begins: its class in the style sheet, and what stands before it.
SIGNS = {
    ">": ("sends", "→ "),
    "<": ("expects", "← "),
    "?": ("tolerates", "or "),
    "=": ("ends", "= "),
    "(": ("note", ""),
}
#: Pages of this site that documents of the contract are, by the paths that `Document` has.
PAGES = {
    "docs/reference/usage.md": "reference/usage",
    "reference_impl/README.md": "reference/views",
}


# Addresses


def rfc_of(clause: Clause) -> str:
    """Return the number of the RFC that a clause is in; empty if it is in none."""
    number = clause.id.partition("-")[0]
    return number if number.isdigit() else ""


def source_of(clause: Clause) -> nodes.Node:
    """Return the name of a clause's section, with a link if it has an address."""
    if rfc := rfc_of(clause):
        section = clause.section.partition(" ")[0]
        return link(f"RFC {rfc} section {section}", f"https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}")
    if clause.section == "IANA":
        return link("IANA's registry for WebSocket", "https://www.iana.org/assignments/websocket/websocket.xhtml")
    if clause.section == "PEP 3333":
        return link("PEP 3333", "https://peps.python.org/pep-3333/")
    return nodes.Text("a rule of this suite")


def page_of(case_id: str) -> str:
    """Return the page that has a case."""
    family, group, *_ = case_id.split(".")
    return f"{FOLDER}/{family}.{group}" if family == CONTRACT else f"{FOLDER}/{family}"


# A case


class Cases(SphinxDirective):
    """All cases that a pattern names, each with its address."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a section for each case."""
        return [self._case(case) for case in select(CATALOGUE, self.arguments)]

    def _case(self, case: AnyCase) -> nodes.section:
        anchor = f"case-{case.id}"
        section = nodes.section(ids=[anchor], names=[anchor], classes=["case"])
        title = nodes.title("", "", nodes.inline("", case.id, classes=["case-id"]), nodes.Text("  "))
        title += list(inline(case.title))
        title["support_smartquotes"] = False
        section += title
        info = kind_of(case).info(case)
        section += paragraph(" · ".join(facts_of(case, info)), classes=("case-facts",))
        section += steps_of(case, info)
        section += clauses_of(case, info, self.env.docname)
        self.state.document.note_explicit_target(section, section)
        self.env.domains.standard_domain.note_object("case", case.id, anchor, location=section)
        return section


def facts_of(case: AnyCase, info: CaseInfo) -> Iterator[str]:
    """Yield what a reader wants to know of a case besides its conversation."""
    if case.family != CONTRACT:
        yield info.level
    if info.informational:
        yield "informational: nothing that the server does fails it"
    left_out = [name for name, profile in PROFILES.items() if kind_of(case).shorten(case, profile) is None]
    if left_out:
        yield f"not in the profile {' or '.join(f'`{name}`' for name in left_out)}"
    yield f"`wsconform show {case.id}`"


def steps_of(case: AnyCase, info: CaseInfo) -> nodes.bullet_list:
    """Return the conversation as a list.

    Raises:
        ExtensionError: a line of `wsconform show` is neither a step nor a clause.
    """
    _title, *lines = kind_of(case).describe(case)
    steps = nodes.bullet_list(classes=["steps"])
    others = 0
    for line in lines:
        sign, text = line.strip()[0], line.strip()
        if sign not in SIGNS:
            others += 1
            continue
        name, before = SIGNS[sign]
        text = text if sign == "(" else text[1:].strip()
        shown = nodes.paragraph("", nodes.Text(before + text), support_smartquotes=False)
        steps += nodes.list_item("", shown, classes=[name])
    if others != len(info.clauses):
        raise ExtensionError(f"{case.id}: {others} lines are no steps, and it has {len(info.clauses)} clauses")
    return steps


def clauses_of(case: AnyCase, info: CaseInfo, docname: str) -> nodes.bullet_list:
    """Return the clauses that a case stands on, with links."""
    listed = nodes.bullet_list(classes=["clauses"])
    for ref in info.clauses:
        listed += nodes.list_item("", basis(ref, docname) if case.family == CONTRACT else requirement(ref.id))
    return listed


def requirement(clause_id: str) -> nodes.paragraph:
    """Return a sentence of an RFC with its address."""
    clause = CLAUSES[clause_id]
    said = f" ({clause.level}): {clause.text} "
    return paragraph(source_of(clause), said, reference(clause.id, "clause", clause.id))


def basis(ref: ClauseRef, docname: str) -> nodes.paragraph:
    """Return a document of the contract with its address, and how it binds."""
    address = next(document.address for document in Document if document.title == ref.id)
    place = f", {ref.section}" if ref.section else ""
    return paragraph(f"{ref.text}: ", document_link(ref.id, address, docname), place)


def document_link(title: str, address: str, docname: str) -> nodes.Node:
    """Return a link to a document: a page of this site, a label on it, or another site."""
    path, _, label = address.partition("#")
    if path not in PAGES:
        return link(title, address)
    if label:
        return reference(title, "ref", label, docname)
    return reference(title, "doc", f"/{PAGES[path]}", docname)


def reference(text: str, role: str, target: str, docname: str = "") -> addnodes.pending_xref:
    """Return a link that Sphinx resolves and complains about if it cannot."""
    inner = nodes.inline("", text)
    return addnodes.pending_xref(
        "", inner, refdomain="std", reftype=role, reftarget=target, refdoc=docname, refexplicit=True, refwarn=True
    )


# The clauses of the RFCs


class RfcClauses(SphinxDirective):
    """The clauses of an RFC, each with the cases that stand on it; without a number, all that are in none."""

    optional_arguments = 1
    CITED: ClassVar[dict[str, list[str]]] = {}

    def run(self) -> list[nodes.Node]:
        """Return a list of clauses."""
        number = self.arguments[0] if self.arguments else ""
        listed = nodes.definition_list(classes=["rfc-clauses"])
        for clause in CLAUSES.values():
            if rfc_of(clause) == number:
                listed += self._clause(clause)
        return [listed]

    def _clause(self, clause: Clause) -> nodes.definition_list_item:
        anchor = f"clause-{clause.id}"
        term = nodes.term("", "", nodes.literal("", clause.id), ids=[anchor], names=[anchor])
        self.state.document.note_explicit_target(term, term)
        self.env.domains.standard_domain.note_object("clause", clause.id, anchor, location=term)
        said = paragraph(source_of(clause), f" ({clause.level}): {clause.text}")
        return nodes.definition_list_item("", term, nodes.definition("", said, self._cases(clause)))

    def _cases(self, clause: Clause) -> nodes.paragraph:
        ids = cited().get(clause.id, [])
        shown = ids[:SHOWN]
        node = paragraph("Cases: " if ids else untested(clause))
        for number, id_ in enumerate(shown):
            node += [nodes.Text(", ")] if number else []
            node += reference(id_, "case", id_)
        node += nodes.Text(f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else "")
        return node


def untested(clause: Clause) -> str:
    """Say why no case stands on a clause."""
    state = Coverage(clause, ()).state
    if state is State.REASON:
        return f"No case. {clause.uncovered}"
    return {
        State.ALWAYS: "Every case looks at it.",
        State.ELSEWHERE: "It does not bind servers.",
        State.INVISIBLE: "It cannot be seen from outside.",
    }.get(state, "No case is about it alone.")


SHOWN = 12  # cases of a clause that are named


def cited() -> dict[str, list[str]]:
    """Return the cases that stand on each clause."""
    if not RfcClauses.CITED:
        found = defaultdict(list)
        for case in CATALOGUE.values():
            if case.family != CONTRACT:
                for ref in kind_of(case).info(case).clauses:
                    found[ref.id].append(case.id)
        RfcClauses.CITED = dict(found)
    return RfcClauses.CITED


# The pages


def write_pages(app: Sphinx) -> None:
    """Write the source of each page of the catalogue, where it has changed."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(exist_ok=True)
    texts = tomllib.loads(Path(app.srcdir, "reference", "catalogue.toml").read_text("utf-8"))
    _require_same("families", texts["families"], FAMILIES)
    _require_same("groups", texts["groups"], [group.__name__ for group in GROUPS.values()])
    pages = dict(pages_of(**texts))
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def _require_same(what: str, written: Iterable[str], actual: Iterable[str]) -> None:
    if differing := sorted(set(written) ^ set(actual)):
        raise ExtensionError(f"catalogue.toml: its {what} are not the suite's: {', '.join(differing)}")


LEGEND = """In each conversation → marks what the suite sends, ← what the server must do, and = how the connection
must end. The [glossary](/explanation/glossary.md) has the words."""


def pages_of(families: dict[str, str], groups: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield file names and sources."""
    for family, title in FAMILIES.items():
        count = len(select(CATALOGUE, [family]))
        head = f"# {family}: {title}\n\n{families[family]}\n\n"
        if family != CONTRACT:
            yield f"{family}.md", f"{head}{count} {'case' if count == 1 else 'cases'}. {LEGEND}\n{cases_block(family)}"
            continue
        titles = {f"{family}.{n}": groups[group.__name__] for n, group in GROUPS.items()}
        yield f"{family}.md", f"{head}{count} clauses, in these groups:\n\n{toctree(titles)}"
        for id_, name in titles.items():
            clauses = len(select(CATALOGUE, [id_]))
            yield f"{id_}.md", f"# {id_}: {name}\n\n{clauses} clauses of the API contract. {LEGEND}\n{cases_block(id_)}"


def cases_block(pattern: str) -> str:
    """Return the directive that shows these cases."""
    return f"```{{cases}} {pattern}\n```\n"


def toctree(names: Iterable[str]) -> str:
    """Return a table of contents of these pages."""
    return "```{toctree}\n:titlesonly:\n\n" + "\n".join(names) + "\n```\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add directives, roles and pages."""
    app.add_object_type("case", "case", objname="case")
    app.add_object_type("clause", "clause", objname="clause")
    app.add_directive("cases", Cases)
    app.add_directive("rfc-clauses", RfcClauses)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
