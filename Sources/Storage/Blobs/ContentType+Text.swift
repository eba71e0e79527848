extension ContentType {
    /// Text in UTF-8 without control characters. HTML and SVG, which a browser would run, are looked for before the
    /// others and anywhere in what is seen: a file that could be taken for one counts as one.
    static func text(_ head: [UInt8], isWhole: Bool) -> ContentType? {
        var bytes = head[...]
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        guard !bytes.isEmpty, isText(bytes, isWhole: isWhole) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        if let active = active(text) { return active }
        switch text.first(where: { !$0.isWhitespace }) {
        case "{", "[": return .init("application/json", [.report])
        case "<" where text.contains("<?xml"): return .init("application/xml", [.report])
        default: return isTable(text, isWhole: isWhole) ? .init("text/csv", [.report]) : .init("text/plain", [.report])
        }
    }

    private static let htmlTags = [
        "<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<style", "<title", "<img", "<a ", "<div",
        "<table", "<h1", "<p>", "<br", "<link", "<meta", "<object", "<embed", "<form", "<font", "<b>", "<!--",
    ]

    private static func active(_ text: String) -> ContentType? {
        if text.contains("<svg") { return .init("image/svg+xml", isActive: true) }
        guard htmlTags.contains(where: text.contains) else { return nil }
        return .init("text/html", isActive: true)
    }

    /// A character that the end of `bytes` cuts is no fault unless that is the end of the file.
    private static func isText(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> Bool {
        guard bytes.allSatisfy({ $0 >= 32 && $0 != 127 || [9, 10, 12, 13].contains($0) }) else { return false }
        let cuts = isWhole ? 0...0 : 0...3
        return cuts.contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    /// Two lines or more that have the same number of commas or semicolons, one at least.
    private static func isTable(_ text: String, isWhole: Bool) -> Bool {
        var lines = text.split(whereSeparator: \.isNewline)
        if !isWhole { lines = lines.dropLast() }
        guard lines.count >= 2 else { return false }
        return [Character(","), ";", "\t"].contains { mark in
            let counts = Set(lines.map { line in line.count { $0 == mark } })
            return counts.count == 1 && counts != [0]
        }
    }

    /// ONNX has no mark: it is a protocol buffer (`ModelProto`, onnx.proto3) of which the first fields are read. They
    /// must be fields that a model has, in the form they have there, and tell the version of the format, as every
    /// writer does first.
    static func onnx(_ head: [UInt8]) -> ContentType? {
        // 0x08: field 1, `ir_version`, a number; ten versions were published until 2024.
        guard head.count >= 16, head[0] == 0x08, (3...32).contains(head[1]) else { return nil }
        var position = 2
        var fields = 0
        while position < head.count {
            let (field, form) = (head[position] >> 3, head[position] & 7)
            position += 1
            guard let number = variableLengthNumber(head, &position) else { break }
            switch (field, form) {
            // model_version, a number.
            case (5, 0): break
            // producer, its version, domain, documentation, graph, versions of operators, metadata: all with a length.
            case (2, 2), (3, 2), (4, 2), (6, 2), (7, 2), (8, 2), (14, 2): position += number
            default: return nil
            }
            fields += 1
        }
        return fields > 0 ? .init("application/onnx", [.model]) : nil
    }

    /// `nil` when it is cut or longer than a length may be.
    private static func variableLengthNumber(_ bytes: [UInt8], _ position: inout Int) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
