import Foundation
import Logging
import Testing

@testable import Telemetry

@Suite struct LineLogHandlerTests {
    static let oddTexts = [
        "plain", "", "two\nlines", "\r\n", "a\"b\\c", "tab\there", "\u{0}\u{1}\u{1B}[31m\u{7F}\u{85}\u{9B}",
        "\u{2028}\u{2029}", "日本 é \u{1F44D}\u{1F3FD}", "{\"level\":\"fatal\"}", "x=1 y=\"2\"", "\u{FEFF}\u{202E}",
    ]

    @Test(arguments: oddTexts) func aJSONLineIsOneLineThatReadsBack(_ text: String) throws {
        let output = try log(.json) { $0.info("\(text)", metadata: ["odd": "\(text)", "\(text).key": "value"]) }
        #expect(lines(output).count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: output) as? [String: String])
        #expect(object["message"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(object["odd"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(object["level"] == "info" && object["logger"] == "test")
    }

    @Test(arguments: oddTexts) func aTextLineIsOneLineWithoutControlCharacters(_ text: String) throws {
        let output = try log(.text) { $0.warning("\(text)", metadata: ["odd": "\(text)"]) }
        let line = String(decoding: output, as: UTF8.self)
        #expect(line.hasSuffix("\n") && line.unicodeScalars.count { $0.properties.generalCategory == .control } == 1)
        #expect(!line.unicodeScalars.contains { (0x2028...0x202E).contains($0.value) })
        #expect(line.contains(" WARNING ") && line.contains(" odd="))
    }

    @Test func aTextLineReadsWell() throws {
        let output = try log(.text) {
            $0.error("request failed", metadata: ["request.id": "1", "path": "/a b", "empty": "", "quote": "\""])
        }
        let line = String(decoding: output, as: UTF8.self).dropFirst("2026-11-25T10:51:42.123Z".count)
        #expect(line == " ERROR request failed empty=\"\" path=\"/a b\" quote=\"\\\"\" request.id=1\n")
    }

    @Test func nestedMetadataHasDottedKeys() throws {
        let output = try log(.json) {
            $0.info("x", metadata: ["a": ["b": ["c": "1"], "d": .array(["2", .stringConvertible(3)])]])
        }
        let object = try #require(try JSONSerialization.jsonObject(with: output) as? [String: String])
        #expect(object["a.b.c"] == "1" && object["a.d.0"] == "2" && object["a.d.1"] == "3")
    }

    @Test func metadataCannotShadowTheLinesOwnMembers() throws {
        let output = try log(.json) { $0.info("real", metadata: ["message": "false", "time": "0", "level": "trace"]) }
        let object = try #require(try JSONSerialization.jsonObject(with: output) as? [String: String])
        #expect(object["message"] == "real" && object["metadata.message"] == "false" && object["level"] == "info")
    }

    @Test func theEventsMetadataWinsOverTheProvidersAndTheLoggers() throws {
        let output = try log(.json, provider: Logger.MetadataProvider { ["a": "provider", "b": "provider"] }) {
            var logger = $0
            for key in ["a", "b", "c"] { logger[metadataKey: key] = "logger" }
            logger.info("x", metadata: ["a": "event"])
        }
        let object = try #require(try JSONSerialization.jsonObject(with: output) as? [String: String])
        #expect(object["a"] == "event" && object["b"] == "provider" && object["c"] == "logger")
    }

    @Test func linesBelowTheLevelAreNotWritten() throws {
        let output = try log(.json, level: .warning) {
            $0.info("quiet")
            $0.warning("loud")
        }
        #expect(lines(output).count == 1 && String(decoding: output, as: UTF8.self).contains("loud"))
    }

    @Test func aLongValueIsCut() throws {
        let output = try log(.json) { $0.info("x", metadata: ["long": "\(String(repeating: "é", count: 1_000_000))"]) }
        #expect(output.count < LogLine.valueLimit + 500)
        let object = try #require(try JSONSerialization.jsonObject(with: output) as? [String: String])
        #expect(object["long"]?.hasSuffix("é…") == true)
    }

    @Test func linesOfManyThreadsStayWhole() async throws {
        let file = try LogFile()
        let logger = file.logger(.json)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let text = String(repeating: "x", count: 900)
                    for index in 0..<200 { logger.info("\(text)", metadata: ["n": "\(task).\(index)"]) }
                }
            }
        }
        let lines = lines(try file.contents())
        #expect(lines.count == 1600)
        #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: $0)) != nil })
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_709_164_800_001, "2024-02-29T00:00:00.001Z"),
        (1_795_603_902_123, "2026-11-25T10:51:42.123Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func timesAreRFC3339WithMilliseconds(_ milliseconds: Int64, _ text: String) {
        let line = LogLine(milliseconds: milliseconds, level: .info, label: "", message: "m", fields: [])
        #expect(String(decoding: line.bytes(as: .text), as: UTF8.self) == "\(text) INFO m")
    }

    private func log(
        _ format: LogFormat, level: Logger.Level = .debug, provider: Logger.MetadataProvider? = nil,
        _ body: (Logger) -> Void
    ) throws -> Data {
        let file = try LogFile()
        body(file.logger(format, level: level, provider: provider))
        return try file.contents()
    }

    private func lines(_ data: Data) -> [Data] { data.split(separator: UInt8(ascii: "\n")).map { Data($0) } }
}

/// An unnamed file to log into.
private final class LogFile: Sendable {
    private let descriptor: CInt

    init() throws {
        let path = "\(NSTemporaryDirectory())/aibox-log-\(UUID().uuidString)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600)
        unlink(path)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit { close(descriptor) }

    func logger(
        _ format: LogFormat, level: Logger.Level = .debug, provider: Logger.MetadataProvider? = nil
    ) -> Logger {
        Logger(label: "test") { label in
            var handler = LineLogHandler(label: label, level: level, format: format, descriptor: descriptor)
            handler.metadataProvider = provider
            return handler
        }
    }

    func contents() throws -> Data {
        lseek(descriptor, 0, SEEK_SET)
        return try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
    }
}
