import Evaluation
import Foundation
import TestSupport
import Testing

/// The development sets as they lie there; sizes are large enough for every label in pixels.
@Suite(.enabled(if: TestPlaces.areShared, "pictures are absent: set AIBOX_SHARED"))
struct SharedDataTests {
    @Test(arguments: [
        ("coco-dev", DatasetFormat.yolo, 36), ("pose-dev", .pose, 8), ("faces-dev", .pairs, 120),
        ("plates-dev", .plates, 67),
    ])
    func theDevelopmentSetsAreReadWithoutAnError(_ name: String, _ format: DatasetFormat, _ count: Int) throws {
        let reader = DatasetReader { _ in PictureSize(width: 10_000, height: 10_000) }
        let data = try reader.read(TestPlaces.pictures.appending(path: name))
        #expect(data.format == format && data.pictures.count == count && data.name == name)
        #expect(data.errors.isEmpty && data.omittedErrors == 0)
    }

    @Test func theFacePairsAreThere() throws {
        let data = try DatasetReader { _ in nil }.read(TestPlaces.pictures.appending(path: "faces-dev"))
        #expect(data.pairs.count == 480 && data.pairs.count(where: \.isSame) == 120)
    }
}
