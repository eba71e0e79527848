import AIBoxAPI
import Hummingbird
import NIOCore

extension Options {
    /// Takes over `name=value&…`, with `%XX` escapes and `+` for a space, as forms in browsers write it.
    public mutating func insertQuery(of request: Request) {
        guard let query = request.uri.query else { return }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.unescape(parts[0]) else {
                report(String(parts[0].prefix(64)), "is not an option here")
                continue
            }
            guard let value = parts.count == 2 ? Self.unescape(parts[1]) : "" else {
                report(name, "is not valid UTF-8 in percent escapes")
                continue
            }
            insert(name, value)
        }
    }

    /// Takes over a part of a form.
    public mutating func insert(_ part: MultipartForm.Part) {
        guard isKnown(part.name) else { return reportUnknown(part.name) }
        guard part.content.readableBytes <= limit(of: part.name) else { return reportTooLong(part.name) }
        guard let value = String(validating: part.content.readableBytesView, as: UTF8.self) else {
            return report(part.name, "is not valid UTF-8")
        }
        insert(part.name, value)
    }

    /// Takes over a member of a JSON object; `null` is as good as absent.
    public mutating func insert(_ name: String, _ value: JSONOption) {
        switch value {
        case .nothing: break
        case _ where !isKnown(name): reportUnknown(name)
        case .object(let members) where isObject(name): insert(name, members)
        case _ where isObject(name): reportNoObject(name)
        case .text(let text), .other(let text): insert(name, text)
        case .object, .unfit: report(name, "must be text, a number or true/false")
        }
    }

    private static func unescape(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16), rest.count >= 2,
                    rest.first != UInt8(ascii: "+"), rest.first != UInt8(ascii: "-")
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What an option can be in JSON.
public enum JSONOption: Decodable, Sendable {
    case text(String)
    /// A number, a boolean, or a list of texts (joined with commas), as it would stand in a query.
    case other(String)
    case object([String: JSONValue])
    /// A list of something else, or an object that is too large or has what is no Unicode text or out of range.
    case unfit
    /// Null.
    case nothing

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .nothing
        } else if let value = try? container.decode(Bool.self) {
            self = .other(String(value))
        } else if let value = try? container.decode(Int.self) {
            self = .other(String(value))
        } else if let value = try? container.decode(Double.self) {
            self = .other(String(value))
        } else if let value = try? container.decode([String].self) {
            self = .other(value.joined(separator: ","))
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else {
            self = (try? container.decode([String: JSONValue].self)).map(JSONOption.object) ?? .unfit
        }
    }
}
