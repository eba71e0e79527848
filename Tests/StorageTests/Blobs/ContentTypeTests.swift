import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct ContentTypeTests {
    private static func ftyp(_ brands: String...) -> [UInt8] {
        let size = UInt8(12 + 4 * brands.count)
        let rest = brands.dropFirst().flatMap { Array($0.utf8) }
        return [0, 0, 0, size] + Array("ftyp".utf8) + Array((brands.first ?? "").utf8) + [0, 0, 0, 0] + rest + [
            0, 0, 0, 8,
        ]
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let packets = (0..<5).flatMap { _ in [0x47] + [UInt8](repeating: 0xff, count: 187) }
    private static let timedPackets = (0..<5).flatMap { _ in [0, 1, 2, 3, 0x47] + [UInt8](repeating: 0xff, count: 187) }
    private static let bitmap =
        bytes("BM") + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0] + [UInt8](repeating: 0, count: 40)
    /// ir_version 8, producer_name "pytorch", graph of 300 bytes.
    private static let onnx = [0x08, 0x08, 0x12, 0x07] + bytes("pytorch") + [0x3a, 0xac, 0x02, 0x0a, 0x00, 0x01]

    private typealias Rows = [([UInt8], String)]
    private static let pictures: Rows = [
        ([0xff, 0xd8, 0xff, 0xe0], "image/jpeg"),
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "image/png"),
        (bytes("GIF89a\u{1}"), "image/gif"),
        (bytes("RIFF....WEBPVP8 "), "image/webp"),
        (bitmap, "image/bmp"),
        (ftyp("heic", "mif1", "heic"), "image/heic"),
        (ftyp("mif1", "heic"), "image/heic"),
        (ftyp("avif", "mif1"), "image/avif"),
        (ftyp("mif1", "avif"), "image/avif"),
        (ftyp("mif1"), "image/heif"),
    ]
    private static let videos: Rows = [
        (bytes("RIFF....AVI LIST"), "video/x-msvideo"),
        (ftyp("isom", "iso2", "avc1", "mp41"), "video/mp4"),
        (ftyp("qt  "), "video/quicktime"),
        (packets, "video/mp2t"),
        (timedPackets, "video/mp2t"),
        ([0x1a, 0x45, 0xdf, 0xa3, 0x93, 0x42, 0x82, 0x88] + bytes("matroska"), "video/x-matroska"),
        ([0x1a, 0x45, 0xdf, 0xa3, 0x93, 0x42, 0x82, 0x84] + bytes("webm"), "video/webm"),
    ]
    private static let others: Rows = [
        (bytes("%PDF-1.7\n"), "application/pdf"),
        (bytes("PK\u{3}\u{4}\u{14}"), "application/zip"),
        ([0x1f, 0x8b, 0x08, 0], "application/gzip"),
        (onnx, "application/onnx"),
        (bytes(#" {"a": 1}"#), "application/json"),
        (bytes("[1,2]"), "application/json"),
        (bytes("a,b\n1,2\n3,4\n"), "text/csv"),
        (bytes("a;b;c\r\n1;2;3\r\n"), "text/csv"),
        (bytes("Dear all, hello.\nYours"), "text/plain"),
        (bytes("BMW is a maker of cars"), "text/plain"),
        (bytes("\u{feff}Grüße"), "text/plain"),
        (bytes("<?xml version=\"1.0\"?><report/>"), "application/xml"),
    ]
    private static let unknown: Rows = [
        [], [0], bytes("a\0b"), [0x61, 0xc3], [0xff, 0xfe, 0x3c, 0],
        bytes("RIFF\0\0\0\0WAVEfmt "), ftyp("zzzz"), [0x47] + [UInt8](repeating: 0, count: 600),
        Array(onnx.dropFirst(2)), [0x08, 0x08] + [UInt8](repeating: 0, count: 30),
        [0x08, 0x08] + [UInt8](repeating: 0xff, count: 30),
    ].map { ($0, "application/octet-stream") }

    @Test(arguments: pictures + videos + others + unknown)
    func bytesTellTheirType(head: [UInt8], mediaType: String) {
        #expect(ContentType.sniff(head).mediaType == mediaType)
    }

    @Test(arguments: [
        ("<html><body>", "text/html"), ("  \n<!DOCTYPE HTML>", "text/html"),
        ("hello <ScRiPt>alert(1)</script>", "text/html"),
        ("a,b\n<img src=x onerror=alert(1)>,2\n", "text/html"), ("<svg xmlns='…'>", "image/svg+xml"),
        ("<?xml version='1.0'?>\n<!-- c --><SVG onload='x'>", "image/svg+xml"), (#"{"a":"<iframe>"}"#, "text/html"),
        ("\u{feff}<html>", "text/html"),
    ])
    func whatABrowserWouldRunIsNamedAndNeverServedAsThat(text: String, mediaType: String) {
        let type = ContentType.sniff(Array(text.utf8))
        #expect(type.mediaType == mediaType && type.isActive)
        #expect(type.purposes.isEmpty && type.servedMediaType == "application/octet-stream")
    }

    @Test func aCharacterCutByTheEndOfWhatIsSeenIsNoFault() {
        let text = Array((String(repeating: "x", count: 1023) + "ü and more").utf8)
        #expect(ContentType.sniff(text).mediaType == "text/plain")
        #expect(ContentType.sniff(text.prefix(1024)).mediaType == "application/octet-stream")
    }

    @Test func randomBytesAreNeverActiveAndNeverCrash() {
        var generator = SystemRandomNumberGenerator()
        for length in 0..<2000 {
            var bytes = (0..<length % 1100).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Every mark in front of noise.
            let marks: [[UInt8]] = [[], Self.ftyp("mif1"), Self.onnx, Self.bitmap, [0x1a, 0x45, 0xdf, 0xa3], [8, 8]]
            bytes = marks[length % marks.count] + bytes
            #expect(!ContentType.sniff(bytes).isActive || String(validating: bytes, as: UTF8.self) != nil)
        }
    }

    @Test(.enabled(if: TestPlaces.areShared, "the shared pictures and models are absent"))
    func realFilesAreWhatTheirNamesSay() throws {
        let types = ["jpg": "image/jpeg", "png": "image/png", "onnx": "application/onnx", "mp4": "video/mp4"]
        var seen: [String: Int] = [:]
        for folder in [TestPlaces.pictures, TestPlaces.models] {
            for case let name as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
                let ending = (name as NSString).pathExtension
                guard let type = types[ending] else { continue }
                let file = try FileHandle(forReadingFrom: folder.appending(path: name))
                let head = try file.read(upToCount: ContentType.sniffedBytes) ?? Data()
                try file.close()
                seen[ending, default: 0] += 1
                #expect(ContentType.sniff(head).mediaType == type, "\(name)")
            }
        }
        #expect((seen["jpg"] ?? 0) > 10 && (seen["onnx"] ?? 0) > 3, "\(seen)")
    }
}
