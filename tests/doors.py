"""A contract of import-linter: a room is entered by its door."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class Doors(Contract):
    """Outside of a folder nothing imports the modules in it, only what its `__init__` says; folders have own doors.

    Options:
        rooms: the folders without public names, whose modules are doors themselves.
    """

    open_rooms = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find all imports that reach into a room."""
        # other packages are single modules of this graph
        ours = {module for module in graph.modules if not graph.is_module_squashed(module)}
        folders = {module for module in ours if graph.find_children(module)}
        doorless = {str(room) for room in self.open_rooms or ()}  # type: ignore[attr-defined]
        reaches = []
        for importer in sorted(ours):
            for imported in sorted(graph.find_modules_directly_imported_by(importer) & ours):
                room = imported.rpartition(".")[0]
                inside = importer == room or importer.startswith(f"{room}.")
                # what lies at the top is for everyone
                if imported not in folders and room.count(".") > 0 and not inside and room not in doorless:
                    reaches.append(f"{importer} -> {imported}: say `from {room} import ...`")
        return ContractCheck(kept=not reaches, metadata={"reaches": reaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which."""
        reaches: Any = check.metadata["reaches"]
        for reach in reaches:
            output.print_error(reach)
