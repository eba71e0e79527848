import Foundation
import Logging

/// One log event, ready to be written in either form.
struct LogLine {
    /// UTF-8 bytes of a single value that are kept; the rest is cut, so that one request cannot flood the log.
    static let valueLimit = 8192

    /// Since 1970.
    let milliseconds: Int64
    let level: Logger.Level
    let label: String
    let message: String
    let fields: [(key: String, value: String)]

    /// The line without its line feed.
    func bytes(as format: LogFormat) -> [UInt8] {
        switch format {
        case .json: json
        case .text: text
        }
    }

    /// `{"time":…,"level":…,"message":…,"logger":…,"request.id":…}`
    private var json: [UInt8] {
        var line = Array("{\"time\":\"".utf8)
        appendTime(to: &line)
        line += "\",\"level\":\"\(level.rawValue)\"".utf8
        appendMember("message", message, to: &line)
        appendMember("logger", label, to: &line)
        for (key, value) in fields {
            appendMember(Self.reserved.contains(key) ? "metadata.\(key)" : key, value, to: &line)
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// `2026-11-25T10:51:42.123Z INFO message request.id=1 path="/a b"`
    private var text: [UInt8] {
        var line: [UInt8] = []
        appendTime(to: &line)
        line += " \(level.rawValue.uppercased()) ".utf8
        Self.appendEscaped(message, quoted: false, to: &line)
        for (key, value) in fields {
            line.append(UInt8(ascii: " "))
            Self.appendEscaped(key, quoted: false, to: &line)
            line.append(UInt8(ascii: "="))
            appendTextValue(value, to: &line)
        }
        return line
    }

    /// A metadata key of one of these names must not shadow the line's own member.
    private static let reserved: Set<String> = ["time", "level", "message", "logger"]

    private func appendMember(_ key: String, _ value: String, to line: inout [UInt8]) {
        line += ",\"".utf8
        Self.appendEscaped(key, quoted: true, to: &line)
        line += "\":\"".utf8
        Self.appendEscaped(value, quoted: true, to: &line)
        line.append(UInt8(ascii: "\""))
    }

    /// Beside blanks, what makes a value need quotes in the text form.
    private static let marks = Array("\"=".utf8)

    private func appendTextValue(_ value: String, to line: inout [UInt8]) {
        let plain = !value.isEmpty && !value.utf8.contains { $0 <= 32 || Self.marks.contains($0) }
        if !plain { line.append(UInt8(ascii: "\"")) }
        Self.appendEscaped(value, quoted: !plain, to: &line)
        if !plain { line.append(UInt8(ascii: "\"")) }
    }

    private func appendTime(to line: inout [UInt8]) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let fields = [
            (parts.tm_year + 1900, 4, ""), (parts.tm_mon + 1, 2, "-"), (parts.tm_mday, 2, "-"), (parts.tm_hour, 2, "T"),
            (parts.tm_min, 2, ":"), (parts.tm_sec, 2, ":"), (Int32(milliseconds % 1000), 3, "."),
        ]
        for (value, width, separator) in fields {
            let digits = String(value)
            line += separator.utf8
            line += repeatElement(UInt8(ascii: "0"), count: max(0, width - digits.utf8.count))
            line += digits.utf8
        }
        line.append(UInt8(ascii: "Z"))
    }

    /// Escapes as JSON does (RFC 8259), and beyond it what terminals and viewers also obey: the C1 controls, Unicode's
    /// line separators, its marks of writing direction and the byte order mark.
    static func appendEscaped(_ text: String, quoted: Bool, to line: inout [UInt8]) {
        let limit = line.count + valueLimit
        for scalar in text.unicodeScalars {
            guard line.count < limit else { return line.append(contentsOf: "…".utf8) }
            switch scalar.value {
            case 0x0A: line.append(contentsOf: "\\n".utf8)
            case 0x0D: line.append(contentsOf: "\\r".utf8)
            case 0x09: line.append(contentsOf: "\\t".utf8)
            case 0x22 where quoted: line.append(contentsOf: "\\\"".utf8)
            case 0x5C: line.append(contentsOf: "\\\\".utf8)
            case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
                let digits = String(scalar.value, radix: 16)
                line.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
            default: line.append(contentsOf: scalar.utf8)
            }
        }
    }
}
