/// Pieces of HTML.
enum HTML {
    /// Text that is safe between tags and in quoted attributes; control characters that XML has not are dropped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: if scalar.value >= 0x20, scalar.value != 0x7F { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// Nothing when there are no rows.
    static func table(_ table: ReportTable) -> String {
        guard !table.rows.isEmpty else { return "" }
        let head = table.columns.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let rows = table.rows.map { row in
            "<tr>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
        }
        return """
            <h3>\(escaped(table.title))</h3>
            <div class="wide"><table><thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --faint: #5b6470; --line: #d5dae0; --paper: #fff;
          --c0: #0b62c4; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce; --c4: #a16207; --c5: #be185d; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --faint: #9aa4b1; --line: #363d47;
          --paper: #14171b; --c0: #6cb2ff; --c1: #ff9a5c; --c2: #5fd38a; --c3: #c79bff; --c4: #e5c454; --c5: #ff8abf; } }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
        h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
        .note, figcaption { color: var(--faint); overflow-wrap: anywhere; } .note { margin: .3rem 0; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line);
          overflow-wrap: anywhere; vertical-align: top; }
        .charts, .cases { display: grid; gap: 1.5rem; }
        .charts { grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 34rem)); }
        .cases { grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); }
        figure { margin: 0; min-width: 0; break-inside: avoid; } img, svg { max-width: 100%; height: auto; display: block; }
        .t { font-size: 12px; fill: var(--faint); } .g { stroke: var(--line); } .s { fill: none; stroke-width: 2; }
        .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
        .s4 { stroke: var(--c4); } .s5 { stroke: var(--c5); }
        .k0 { color: var(--c0); } .k1 { color: var(--c1); } .k2 { color: var(--c2); } .k3 { color: var(--c3); }
        .k4 { color: var(--c4); } .k5 { color: var(--c5); }
        .keys { display: flex; flex-wrap: wrap; gap: 0 1.5rem; padding-left: 1.2rem; font-size: 14px; }
        @media print { main { max-width: none; padding: 0; } h2 { break-before: page; } h2:first-of-type {
          break-before: auto; } }
        """
}
