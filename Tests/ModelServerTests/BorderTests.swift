import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing
import Vision

@testable import ModelServer

/// Field report BL-03 for every task: what the picture's edge cuts is answered with sound values or refused.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(10)))
struct BorderTests {
    private static let directions = (-1...1).flatMap { x in (-1...1).map { y in SIMD2(x, y) } }.filter { $0 != .zero }

    @Test(arguments: [
        ("coco-dev/extra/zidane.jpg", "face"), ("coco-dev/extra/bus.jpg", "person"),
        ("plates-dev/br/GWT2180.jpg", "car"), ("plates-dev/br/GWT2180.jpg", "plate"),
    ])
    func whatTheEdgeCutsIsSound(picture: String, kind: String) async throws {
        let pixels = try PixelBuffer.of(picture)
        try await withGallery { gallery in
            let whole = try await gallery.analyze(pixels.jpeg(quality: 95), .everything)
            let item = try #require(
                whole.marks.filter { $0.kind.hasPrefix(kind) }.max { $0.box.width < $1.box.width })
            for share in [0.1, 0.3, 0.5] {
                for direction in Self.directions {
                    let file = try Self.cut(pixels, item.box, direction, share)
                    try await expectSound(file, gallery, "\(kind) \(share) \(direction)")
                }
            }
        }
    }

    /// The picture without what lies beyond a line through the item, on one side or two.
    private static func cut(
        _ pixels: PixelBuffer, _ box: BoundingBox, _ direction: SIMD2<Int>, _ share: Double
    ) throws -> [UInt8] {
        func span(_ start: Double, _ length: Double, _ side: Int, _ limit: Int) -> (Float, Float) {
            switch side {
            case -1: (Float(start + length * share), Float(limit))
            case 1: (0, Float(start + length * (1 - share)))
            default: (0, Float(limit))
            }
        }
        let across = span(box.x, box.width, direction.x, pixels.width)
        let down = span(box.y, box.height, direction.y, pixels.height)
        let part = Rectangle(left: across.0, top: down.0, right: across.1, bottom: down.1)
        return try Picture(pixels).cropped(to: part).jpeg(quality: 95)
    }

    private func expectSound(_ file: [UInt8], _ gallery: TestGallery, _ what: String) async throws {
        var request = AnalysisRequest.everything
        (request.annotate, request.blur) = (true, .faces)
        let outcome = try await gallery.server.analyze(ByteBuffer(bytes: file), request)
        let faults = try outcome.result.faults()
        #expect(faults.isEmpty, "\(what): \(faults)")
        let drawn = try #require(outcome.annotated)
        let header = try drawn.withUnsafeReadableBytes { bytes throws in try PictureDecoder().header(bytes) }
        #expect(header.width == outcome.result.image.width && header.height == outcome.result.image.height)

        var wish = EnrolmentRequest(requestID: "test")
        wish.keepCrop = true
        for isCrop in [false, true] {
            wish.isCrop = isCrop
            do {
                let enrolled = try await gallery.server.enrol(ByteBuffer(bytes: file), wish)
                #expect(enrolled.template.vector.isUnit && outcome.result.isInside(enrolled.boundingBox), "\(what)")
                #expect(enrolled.crop?.isEmpty == false, "\(what)")
            } catch let problem as Problem {
                let reasons = [
                    "no-face", "several-faces", "face-too-small", "face-blurred", "face-turned", "face-badly-lit",
                ]
                #expect(problem.status == 422 && reasons.contains { problem.type == "/problems/\($0)" }, "\(problem)")
            }
        }
    }

    private enum Wish: CaseIterable {
        case poses, behaviour, attributes, embedding, recognition, classification, blur

        var request: AnalysisRequest {
            switch self {
            case .poses: .of([.poses])
            case .behaviour: .of([.persons]) { $0.behavior = true }
            case .attributes: .of([.persons]) { $0.attributes = true }
            case .embedding: .of([.persons]) { $0.embedding = true }
            case .recognition: .of([.faces]) { $0.recognize = true }
            case .classification: .of([.vehicles]) { $0.classify = .all }
            case .blur:
                .of([.persons]) {
                    $0.annotate = true
                    $0.blur = .unknownFaces
                }
            }
        }
    }

    /// Field report BL-04.
    @Test func thresholdsOfNoughtAndOneAreBounded() async throws {
        let file = try TestPlaces.bytes("coco-dev/extra/bus.jpg")
        try await withGallery { gallery in
            for wish in Wish.allCases {
                for (threshold, limit) in [(0.0, 3), (0.0, 12), (1e-9, 3), (1.0, 12)] {
                    var request = wish.request
                    (request.threshold, request.maxResults) = (threshold, limit)
                    let result = try await gallery.analyze(file, request)
                    #expect(try result.faults().isEmpty)
                    let counts = [
                        result.persons?.count, result.faces?.count, result.vehicles?.count, result.poses?.count,
                    ].compactMap { $0 }
                    #expect(!counts.isEmpty && counts.allSatisfy { $0 <= limit }, "\(wish) \(threshold): \(counts)")
                    if threshold < 0.5 { #expect(counts.allSatisfy { $0 == limit }, "\(wish): \(counts) of \(limit)") }
                    guard threshold == 1 else { continue }
                    // Where no vehicle is found, the whole picture is classified.
                    let allowed = wish == .classification ? 1 : 0
                    #expect(result.marks.filter { $0.confidence < 1 }.count <= allowed, "\(wish)")
                }
            }
        }
    }
}
