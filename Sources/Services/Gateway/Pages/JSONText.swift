import Yams

/// A YAML document written as JSON, members in their order. Dates stay the texts that they are in JSON.
struct JSONText {
    private(set) var text = ""

    /// - Throws: `YamlError` for what is no YAML.
    init(yaml: String) throws {
        guard let root = try Yams.compose(yaml: yaml) else {
            text = "null"
            return
        }
        write(root)
    }

    private mutating func write(_ node: Node) {
        switch node {
        case .mapping(let mapping):
            writeList("{", mapping.map { ($0.key, $0.value) }, "}") { text, pair in
                text.writeString(pair.0.string ?? "")
                text.text += ":"
                text.write(pair.1)
            }
        case .sequence(let sequence):
            writeList("[", Array(sequence), "]") { $0.write($1) }
        case .scalar(let scalar): writeScalar(node, scalar.string)
        case .alias: text += "null"
        }
    }

    private mutating func writeList<Item>(
        _ open: String, _ items: [Item], _ close: String, _ writeItem: (inout JSONText, Item) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            writeItem(&self, item)
        }
        text += close
    }

    private mutating func writeScalar(_ node: Node, _ string: String) {
        switch Tag.Name(rawValue: node.tag.description) {
        case .null: text += "null"
        case .bool: text += node.bool == true ? "true" : "false"
        case .int: text += node.int.map { String($0) } ?? "null"
        case .float: text += node.float.flatMap { $0.isFinite ? String($0) : nil } ?? "null"
        default: writeString(string)
        }
    }

    private mutating func writeString(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
