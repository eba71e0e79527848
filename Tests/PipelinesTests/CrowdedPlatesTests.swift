import Foundation
import Imaging
import NIOCore
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// A picture with many plates is one request, and must not fill the queue that other requests wait in.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(3)))
struct CrowdedPlatesTests {
    @Test func aPictureFullOfPlatesIsReadOnAnIdleBox() async throws {
        let analyzer = try TestModels.analyzer(queueLimit: 8)
        let analysis = try await analyzer.analyze(ByteBuffer(bytes: try Self.tiled(columns: 4)), .plates)
        #expect((analysis.plates?.count ?? 0) >= 4)
    }

    /// The same plate again and again, on a grid.
    private static func tiled(columns: Int) throws -> [UInt8] {
        let picture = try TestModels.picture("plates-dev/eu/eu5.jpg")
        let plate = picture.cropped(to: Rectangle(x: 150, y: 400, width: 320, height: 200))
        let bytes = plate.withPixels { Array($0) }
        let rowBytes = plate.width * PixelBuffer.channels
        let sheet = PixelBuffer(width: plate.width * columns, height: plate.height * columns) { target in
            for index in target.indices {
                let (row, column) = (index / (rowBytes * columns), index % rowBytes)
                target[index] = bytes[row % plate.height * rowBytes + column]
            }
        }
        return try sheet.jpeg(quality: 92)
    }
}

extension AnalysisOptions {
    fileprivate static let plates = AnalysisOptions(tasks: [.plates])
}
