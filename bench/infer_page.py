"""docs/performance.md out of what bench/infer-peers measured."""

import statistics

INTRODUCTION = """\
# Segmentation speed against other engines

From the bytes of a JPEG to a mask of the image's size. Every engine runs in processes of its own, in turn: a round runs
all of them, each round begins with another one. Figures are medians, of the images and then of the rounds. `ratio` is
the best peer's time over the engine's: above 1 is faster than every peer. `peak MB` is the resident memory of the whole
process, which read the images and compiled the model (no cache of compiled models)."""


def median(values):
    return statistics.median(values)


def counted(count, noun):
    return f"{count} {noun}{'s' if count > 1 else ''}"


def engines_table(table):
    rows = table["rows"]
    best = min((median(row["all"]) for row in rows if not row["ours"]), default=None)
    lines = ["| engine | ms an image | of each round | network alone | images/s | peak MB | ratio |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in sorted(rows, key=lambda row: median(row["all"])):
        each = ", ".join(f"{value:.1f}" for value in row["all"])
        whole = median(row["all"])
        ratio = "—" if best is None else f"{best / whole:.2f}"
        lines.append(f"| {row['name']} | {whole:.1f} | {each} | {median(row['network']):.1f} "
                     f"| {1e3 / whole:.1f} | {median(row['memory_mb']):.0f} | {ratio} |")
    return lines


def folder_table(table):
    best = median(table["rows"][-1]["images_per_second"])
    lines = ["| what | images/s | of each round | share of the last |", "| --- | --- | --- | --- |"]
    for row in table["rows"]:
        rate = median(row["images_per_second"])
        each = ", ".join(f"{value:.1f}" for value in row["images_per_second"])
        lines.append(f"| {row['name']} | {rate:.1f} | {each} | {rate / best:.2f} |")
    decode, segment, network = (median(table[key]) for key in ("decode", "segment", "network"))
    return lines + [
        "", f"Of the {decode + segment:.2f} ms that an image takes a core, decoding is {decode:.2f}, the network "
        f"{network:.2f}, and scaling, mask and regions {segment - network:.2f}: what the first row lacks of the "
        "second is spent there, on the same core."]


def limit_table(table):
    limits = table["limits"]
    lines = [f"{table['macs'] / 1e9:.2f} G multiply-adds an image. The peak is that of 512 → 512 channels, 1×1, at "
             f"64×64 in OpenVINO; a copy in memory moves {limits['copy_gb_per_second']:.1f} GB/s (read and "
             "written, one thread). Bytes moved: what every layer that OpenVINO runs reads (weights too) and "
             "writes, in the types that it runs in; most of it stays within the caches.", "",
             "| engine | G multiply-adds/s | peak | share | MB moved an image | GB/s | share of a copy's |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in table["rows"]:
        seconds = median(row["network"]) / 1e3
        rate, peak = table["macs"] / seconds / 1e9, limits[row["limit"]]
        moved = row["bytes"] / seconds / 1e9
        lines.append(f"| {row['name']} | {rate:.0f} | {peak:.0f} | {rate / peak:.2f} | {row['bytes'] / 1e6:.0f} "
                     f"| {moved:.1f} | {moved / limits['copy_gb_per_second']:.2f} |")
    return lines


def cold_table(table):
    lines = ["| engine | cache of compiled models | s from start to mask | least | most | peak MB |",
             "| --- | --- | --- | --- | --- | --- |"]
    for row in sorted(table["rows"], key=lambda row: median(row["seconds"])):
        values = row["seconds"]
        lines.append(f"| {row['name']} | {row['cache']} | {median(values):.2f} | {min(values):.2f} "
                     f"| {max(values):.2f} | {median(row['memory_mb']):.0f} |")
    return lines


TABLES = {"engines": engines_table, "folder": folder_table, "limit": limit_table, "cold": cold_table}


def section(record, table):
    machine = record["machine"]
    loads = " to ".join(f"{value:.2f}" for value in table["load"])
    return [f"## {table['title']}", "",
            f"*{table['conditions']}; {machine['date']}, {machine['cpu']}, {machine['scheduling']}, load average "
            f"{loads}, bcnet {machine['commit']}.*", "", *TABLES[table["kind"]](table), ""]


def page(record):
    """The whole document as text."""
    machine = record["machine"]
    lines = [INTRODUCTION, "",
             f"- {machine['date']}: {machine['cpu']}, {machine['cores']}, {machine['memory_gib']:.0f} GiB, "
             f"{machine['os']}; {machine['scheduling']}",
             f"- bcnet {machine['version']}, commit {machine['commit']}, by {machine['compiler']}; in it "
             f"{', '.join(f'{name} {version}' for name, version in machine['ours'].items())}"]
    if machine["peers"]:
        lines += ["- peers: Python " + machine["python"] + ", "
                  + ", ".join(f"{name} {version}" for name, version in machine["peers"].items()),
                  f"- the peers' quantisers calibrated on {record['calibration']}"]
    lines += ["", f"    {record['command']}", ""]
    for table in record["tables"]:
        lines += section(record, table)
    return "\n".join(lines).rstrip() + "\n"
