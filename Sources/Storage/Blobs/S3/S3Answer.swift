import NIOCore

/// An XML answer of S3, as a tree of names and texts.
///
/// A parser of our own, because these answers use very little of XML: elements and text. It takes no declarations of
/// types, no entities but the five of XML and numbers, no more than some depth and size, and drops attributes. The
/// alternative, FoundationXML, brings libxml2 with all that XML can do into a program that reads answers of a server it
/// was only told to trust.
struct S3Answer: Equatable {
    let name: String
    private(set) var text = ""
    private(set) var children: [S3Answer] = []

    init(name: String) { self.name = name }

    /// - Throws: `.unavailable`: what answers is no S3 server.
    init(parsing bytes: ByteBuffer) throws(StorageError) {
        var parser = Parser(bytes: bytes.readableBytesView)
        guard let answer = parser.document() else {
            throw StorageError(.unavailable, "the S3 server's answer is no XML of its kind")
        }
        self = answer
    }

    /// The text of the first child so named.
    subscript(_ child: String) -> String? { children.first { $0.name == child }?.text }

    private struct Parser {
        private static let depthLimit = 16

        private let bytes: ByteBufferView
        private var position: Int

        init(bytes: ByteBufferView) {
            self.bytes = bytes
            position = bytes.startIndex
        }

        mutating func document() -> S3Answer? {
            guard skipMisc(), let root = element(depth: 0), skipMisc(), position == bytes.endIndex else { return nil }
            return root
        }

        /// Blanks, `<?…?>` and comments, as they may stand around the root.
        private mutating func skipMisc() -> Bool {
            while true {
                skipBlanks()
                if take("<?") {
                    guard skip(behind: "?>") else { return false }
                } else if take("<!--") {
                    guard skip(behind: "-->") else { return false }
                } else {
                    return true
                }
            }
        }

        private mutating func element(depth: Int) -> S3Answer? {
            guard depth < Self.depthLimit, take("<"), let name = takeName() else { return nil }
            var element = S3Answer(name: name)
            guard let isEmpty = skipAttributes() else { return nil }
            return isEmpty || content(of: &element, depth: depth) ? element : nil
        }

        private mutating func content(of element: inout S3Answer, depth: Int) -> Bool {
            var text: [UInt8] = []
            while position < bytes.endIndex {
                if take("</") {
                    guard takeName() == element.name else { return false }
                    skipBlanks()
                    element.text = String(decoding: text, as: UTF8.self)
                    return take(">")
                } else if take("<!--") {
                    guard skip(behind: "-->") else { return false }
                } else if bytes[position] == UInt8(ascii: "<") {
                    guard let child = self.element(depth: depth + 1) else { return false }
                    element.children.append(child)
                } else if take("&") {
                    guard let character = takeReference() else { return false }
                    text += Array(String(character).utf8)
                } else {
                    text.append(bytes[position])
                    position += 1
                }
            }
            return false
        }

        /// Returns whether the tag has ended its element; `nil` when it does not end.
        private mutating func skipAttributes() -> Bool? {
            while true {
                skipBlanks()
                if take(">") { return false }
                if take("/>") { return true }
                guard takeName() != nil else { return nil }
                skipBlanks()
                guard take("=") else { return nil }
                skipBlanks()
                guard take("\"") ? skip(behind: "\"") : take("'") && skip(behind: "'") else { return nil }
            }
        }

        private mutating func takeReference() -> Character? {
            guard let end = bytes[position...].prefix(10).firstIndex(of: UInt8(ascii: ";")) else { return nil }
            let name = String(decoding: bytes[position..<end], as: UTF8.self)
            position = end + 1
            switch name {
            case "amp": return "&"
            case "lt": return "<"
            case "gt": return ">"
            case "quot": return "\""
            case "apos": return "'"
            default:
                let isHexadecimal = name.hasPrefix("#x")
                guard name.hasPrefix("#"),
                    let number = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
                else { return nil }
                return UnicodeScalar(number).map(Character.init)
            }
        }

        private mutating func takeName() -> String? {
            let name = bytes[position...].prefix { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: ":"):
                    true
                default: false
                }
            }
            position += name.count
            return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
        }

        private mutating func skipBlanks() {
            while position < bytes.endIndex, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
        }

        private mutating func take(_ text: StaticString) -> Bool {
            let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard bytes[position...].starts(with: wanted) else { return false }
            position += wanted.count
            return true
        }

        private mutating func skip(behind text: StaticString) -> Bool {
            while position < bytes.endIndex {
                if take(text) { return true }
                position += 1
            }
            return false
        }
    }
}
