import Foundation
import Testing

@testable import Storage

/// The format as another program understands it: `scripts/oracles/envelope.py`, written from the description.
@Suite(.enabled(if: EnvelopeOracle.isThere, "python3 with the package cryptography is absent"))
struct EnvelopeOracleTests {
    private static let cases: [(size: Int, exponent: UInt8)] = [
        (0, 0), (1, 0), (5000, 0), (0, 12), (1, 12), (4096, 12), (4097, 12), (70_000, 12), (70_000, 16),
    ]
    private let secret = [UInt8](0..<32)

    private func tasks(_ verb: String, _ values: [[UInt8]]) -> [EnvelopeOracle.Task] {
        zip(values, Self.cases).map { bytes, properties in
            EnvelopeOracle.Task(verb, key: secret, SealContext.name, bytes, exponent: properties.exponent)
        }
    }

    private func plain(_ size: Int) -> [UInt8] {
        var numbers = SeededNumbers(UInt64(size))
        return numbers.bytes(size)
    }

    @Test func itOpensWhatWeSeal() async throws {
        let ring = KeyRing(try WrappingKey(bytes: secret))
        var sealed: [[UInt8]] = []
        for (size, exponent) in Self.cases {
            sealed.append(
                exponent == 0
                    ? try SealedValue.seal(plain(size), .name, with: ring)
                    : try await sealedBlob(plain(size), .name, with: ring, exponent: exponent))
        }
        let answers = try EnvelopeOracle.answers(tasks("open", sealed))
        // Compared apart: a failure would print all bytes.
        let isSame = zip(answers, Self.cases).map { $0 == plain($1.size) }
        #expect(isSame == Self.cases.map { _ in true })
        let altered = sealed.map { $0.flipping(bit: ($0.count - 1) * 8) }
        #expect(try EnvelopeOracle.answers(tasks("open", altered)) == sealed.map { _ in nil })
    }

    @Test func weOpenWhatItSeals() async throws {
        let ring = KeyRing(try WrappingKey(bytes: secret))
        let answers = try EnvelopeOracle.answers(tasks("seal", Self.cases.map { plain($0.size) }))
        for (answer, (size, exponent)) in zip(answers, Self.cases) {
            let sealed = try #require(answer)
            let opened =
                exponent == 0
                ? try SealedValue.open(sealed, .name, with: ring) : try await openedBlob(sealed, .name, with: ring)
            let isSame = opened == plain(size)
            #expect(isSame, "\(size) bytes, exponent \(exponent)")
        }
    }
}

enum EnvelopeOracle {
    struct Task: Encodable {
        let `do`: String
        let key: String
        let context: String
        let bytes: String
        let exponent: UInt8

        init(_ verb: String, key: [UInt8], _ context: SealContext, _ bytes: [UInt8], exponent: UInt8) {
            self.do = verb
            (self.key, self.context, self.bytes) = (Self.hex(key), Self.hex(context.bytes), Self.hex(bytes))
            self.exponent = exponent
        }

        private static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../scripts/oracles/envelope.py")

    static let isThere = (try? run(["-c", "import cryptography"], input: Data())) != nil

    static func answers(_ tasks: [Task]) throws -> [[UInt8]?] {
        let output = try run([script.path], input: JSONEncoder().encode(tasks))
        return try JSONDecoder().decode([String?].self, from: output).map {
            $0.map { Array(Data(hexadecimal: $0) ?? Data()) }
        }
    }

    /// What Python prints; throws when it fails.
    private static func run(_ arguments: [String], input: Data) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appending(path: "aibox-oracle-\(UUID())")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableNotLoadable) }
        return printed
    }
}
