"""Holds a bill of materials against the strict schema of CycloneDX 1.6: sbom.py FILE. `cargo xtask deploy` runs it."""

import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

document = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)
if error is not None:
    sys.exit(f"{sys.argv[1]}: {error}")
