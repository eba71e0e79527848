import Foundation
import Testing

@testable import AIBoxAPI

/// The JSON that clients read: which members there are, and which of them are null.
struct AnswerFormTests {
    private static let box = BoundingBox(x: 1, y: 2.5, width: 30, height: 40)

    private static func answer(_ result: AnalysisResult, id: UUIDv7? = nil) -> AnalysisAnswer {
        AnalysisAnswer(id: id, requestID: "r-1", task: "persons", result: result, processingTimeMS: 12.5)
    }

    private static func result(persons: [PersonItem]? = nil, plates: [PlateItem]? = nil) -> AnalysisResult {
        AnalysisResult(
            models: [ModelUse(name: "m", version: "1", engine: "onnxruntime")],
            image: ImageSize(width: 640, height: 480), persons: persons, plates: plates)
    }

    private static func plate(vehicle: VehicleItem? = nil) -> PlateItem {
        PlateItem(
            plateNumber: "AB12", confidence: 0.9, boundingBox: box, corners: [[1, 2], [3, 2], [3, 4], [1, 4]],
            characters: [.init(char: "A", confidence: 0.9)],
            candidates: [.init(plateNumber: "AB12", countryCode: nil, probability: 0.8)], vehicle: vehicle)
    }

    @Test func anAnswerHasTheListsOfTheRequestedTasksOnly() throws {
        let item = PersonItem(confidence: 0.75, boundingBox: Self.box)
        let json = try object(Self.answer(Self.result(persons: [item, item])))
        #expect(
            Set(json.keys) == [
                "id", "request_id", "task", "models", "image", "persons", "person_count", "processing_time_ms",
                "timing",
            ])
        #expect(json["person_count"] as? Int == 2)
        #expect(json["request_id"] as? String == "r-1")
        #expect(json["processing_time_ms"] as? Double == 12.5)
        let timing = try #require(json["timing"] as? [String: Any])
        #expect(
            Set(timing.keys) == [
                "decode_ms", "preprocess_ms", "queue_ms", "inference_ms", "postprocess_ms", "store_ms",
            ])
    }

    @Test func anAnswerThatWasNotStoredHasANullIdentifier() throws {
        #expect(try object(Self.answer(Self.result()))["id"] is NSNull)
        let id = UUIDv7()
        #expect(try object(Self.answer(Self.result(), id: id))["id"] as? String == id.description)
    }

    @Test func anEmptyListIsPresentAndCounted() throws {
        let json = try object(Self.answer(Self.result(persons: [])))
        #expect((json["persons"] as? [Any])?.isEmpty == true)
        #expect(json["person_count"] as? Int == 0)
    }

    @Test func aPlateHasEveryMemberUnknownOnesAsNull() throws {
        let json = try object(Self.plate())
        #expect(
            Set(json.keys) == [
                "id", "plate_number", "confidence", "bounding_box", "corners", "country_code", "characters",
                "candidates", "known", "vehicle",
            ])
        for name in ["country_code", "known", "vehicle"] { #expect(json[name] is NSNull, "\(name)") }
        let candidates = try #require(json["candidates"] as? [[String: Any]])
        #expect(candidates.allSatisfy { $0["country_code"] is NSNull && $0["plate_number"] as? String == "AB12" })
        #expect((json["bounding_box"] as? [String: Double]) == ["x": 1, "y": 2.5, "width": 30, "height": 40])
    }

    @Test func aPlateNamesItsVehicleAndTheKnownPlate() throws {
        var plate = Self.plate(vehicle: VehicleItem(vehicleType: "truck", confidence: 0.5, boundingBox: Self.box))
        plate.known = .init(KnownPlate(plateNumber: "AB-12", label: "gate", list: .allow), isExact: true)
        let json = try object(plate)
        let vehicle = try #require(json["vehicle"] as? [String: Any])
        #expect(vehicle["vehicle_type"] as? String == "truck")
        #expect(vehicle["color"] is NSNull)
        let known = try #require(json["known"] as? [String: Any])
        #expect(known["list"] as? String == "allow")
        #expect(known["plate_number"] as? String == "AB-12")
        #expect(known["exact"] as? Bool == true)
    }

    @Test func anAnswerReadBackSaysTheSame() throws {
        let vehicle = VehicleItem(vehicleType: "car", confidence: 0.5, boundingBox: Self.box)
        let face = FaceItem(confidence: 0.8, boundingBox: Self.box, landmarks: [[1, 2]], quality: 0.3)
        var result = Self.result(persons: [PersonItem(confidence: 1, boundingBox: Self.box)])
        result.plates = [Self.plate(vehicle: vehicle)]
        result.vehicles = [vehicle]
        result.faces = [face]
        let answer = Self.answer(result, id: UUIDv7())
        let copy = try JSONDecoder().decode(AnalysisAnswer.self, from: JSONEncoder().encode(answer))
        #expect(try object(copy) as NSDictionary == object(answer) as NSDictionary)
        #expect(copy.id == answer.id)
        #expect(copy.plates?.first?.vehicle?.vehicleType == "car")
    }

    @Test func labelsAreTheClassWithinTheTask() {
        let vehicle = VehicleItem(vehicleType: "bus", confidence: 0.5, boundingBox: Self.box)
        let face = FaceItem(confidence: 1, boundingBox: Self.box, landmarks: [], quality: 1)
        #expect(PersonItem(confidence: 1, boundingBox: Self.box).label == "person")
        #expect(face.label == "face")
        #expect(vehicle.label == "bus")
        #expect(Self.plate().label == "AB12")
    }
}

/// The members that the value is written with.
func object(_ value: some Encodable) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
    return try #require(json as? [String: Any])
}
