import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct KnownPlateTests {
    /// A model server that reads this plate in every picture.
    private static func reader(_ reading: String) -> GivenModels {
        GivenModels(analysis: { _, request in
            var result = AnalysisResult.example(request.tasks)
            result.plates = [
                PlateItem(
                    plateNumber: reading, confidence: 0.9, boundingBox: .example,
                    corners: [[1, 2], [31, 2], [31, 42], [1, 42]], characters: [], candidates: [])
            ]
            return AnalysisOutcome(result: result)
        })
    }

    /// Field report BL-08: an entry is found however it was written.
    @Test(arguments: [
        ("- EN 167", "EN167"), ("51F-123.45", "51F12345"), ("51f 12345", "51F12345"), ("B·AB 1234", "BAB1234"),
        ("M-ÄB 12", "MAB12"), ("ＥＮ１６７", "EN167"), ("ЕН 167", "EH167"), ("en-167", "EN167"),
    ])
    func entryIsFoundAndShownAsEntered(entry: String, reading: String) async throws {
        try await withGateway(models: Self.reader(reading)) { box in
            let client = try await box.client()
            let plate = try await client.createKnownPlate(
                NewKnownPlate(plateNumber: entry, label: "visitor", list: .allow, notes: "till noon"))
            #expect(plate.plateNumber == entry && plate.list == .allow && plate.notes == "till noon")
            let known = try await client.detect(.plates, in: RunningGateway.picture).plates?.first?.known
            #expect(known == PlateItem.Known(plate, isExact: true))
            #expect(known?.plateNumber == entry && known?.label == "visitor")
            let both = try await client.analyze(RunningGateway.picture, tasks: [.plates, .vehicles])
            #expect(both.plates?.first?.known?.id == plate.id)
        }
    }

    @Test(arguments: [("EN I67", "EN167"), ("ENO67", "EN067"), ("51F-12345", "5IF12345")])
    func confusedCharactersMatchOnlyWhenFuzzy(entry: String, reading: String) async throws {
        try await withGateway(models: Self.reader(reading)) { box in
            let client = try await box.client()
            let plate = try await client.createKnownPlate(NewKnownPlate(plateNumber: entry))
            #expect(try await client.detect(.plates, in: RunningGateway.picture).plates?.first?.known == nil)
            var settings = AnalysisSettings()
            settings.fuzzy = true
            let known = try await client.detect(.plates, in: RunningGateway.picture, settings).plates?.first?.known
            #expect(known == PlateItem.Known(plate, isExact: false))
        }
    }

    @Test func fuzzyTakesTheExactEntryAndOfTwoLikelyOnesNone() async throws {
        try await withGateway(models: Self.reader("EN167")) { box in
            let client = try await box.client()
            var settings = AnalysisSettings()
            settings.fuzzy = true
            func known() async throws -> PlateItem.Known? {
                try await client.detect(.plates, in: RunningGateway.picture, settings).plates?.first?.known
            }
            _ = try await client.createKnownPlate(NewKnownPlate(plateNumber: "ENI67", list: .deny))
            #expect(try await known()?.isExact == false)
            let exact = try await client.createKnownPlate(NewKnownPlate(plateNumber: "EN167", list: .allow))
            #expect(try await known()?.id == exact.id)
        }
    }

    @Test(arguments: [("51F-123.45", "51f 12345"), ("M-ÄB 12", "MAB12"), ("EN167", "ＥＮ１６７")])
    func twoEntriesOfOnePlateAreRefused(first: String, second: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            _ = try await client.createKnownPlate(NewKnownPlate(plateNumber: first))
            let other = try await client.createKnownPlate(NewKnownPlate(plateNumber: "ZZ9"))
            let made = await #expect(throws: Problem.self) {
                try await client.createKnownPlate(NewKnownPlate(plateNumber: second))
            }
            #expect(made?.status == 409)
            let changed = await #expect(throws: Problem.self) {
                try await client.updateKnownPlate(other.id, KnownPlateChange(plateNumber: second))
            }
            #expect(changed?.status == 409)
            #expect(try await client.knownPlate(other.id) == other)
        }
    }

    @Test(arguments: ["", "-- ·", "東京", String(repeating: "A", count: 65), "A\u{0}1"])
    func numberThatSaysNothingIsRefused(number: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let problem = await #expect(throws: Problem.self) {
                try await client.createKnownPlate(NewKnownPlate(plateNumber: number))
            }
            #expect(problem?.status == 422 && problem?.errors?.map(\.field) == ["plate_number"])
        }
    }

    @Test(arguments: [
        ("plate_number", "null", "must not be null"), ("list", "null", "must not be null"),
        ("label", "null", "must not be null"), ("list", #""nope""#, "must be one of allow, deny, watch"),
    ])
    func changeToWhatCannotBeIsRefused(member: String, value: String, message: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let plate = try await client.createKnownPlate(NewKnownPlate(plateNumber: "A 1", notes: "n"))
            let answer = try await box.call(
                .PATCH, "/vehicle-analysis/known-plates/\(plate.id)", token: await client.accessToken,
                headers: [Body.json], body: ByteBuffer(string: #"{"\#(member)":\#(value)}"#))
            #expect(answer.status == 422)
            let errors = try answer.decode(Problem.self).errors
            #expect(errors?.map(\.field) == [member] && errors?.map(\.message) == [message])
            #expect(try await client.knownPlate(plate.id) == plate)
        }
    }

    @Test func notesStayWhenAbsentAndGoWhenNull() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let plate = try await client.createKnownPlate(NewKnownPlate(plateNumber: "A 1", notes: "n"))
            #expect(try await client.updateKnownPlate(plate.id, KnownPlateChange(label: "l")).notes == "n")
            #expect(try await client.updateKnownPlate(plate.id, KnownPlateChange(notes: "m")).notes == "m")
            #expect(try await client.updateKnownPlate(plate.id, KnownPlateChange(notes: .some(nil))).notes == nil)
        }
    }

    @Test func listIsKeptAndChanged() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let watch = try await client.createKnownPlate(NewKnownPlate(plateNumber: "A 1"))
            #expect(watch.list == .watch && watch.label.isEmpty && watch.notes == nil)
            let deny = try await client.createKnownPlate(NewKnownPlate(plateNumber: "A 2", list: .deny))
            var query = KnownPlateQuery()
            query.list = .deny
            #expect(try await client.knownPlates(query).items == [deny])
            query = KnownPlateQuery()
            query.limit = 1
            var all: [UUIDv7] = []
            for try await plate in client.allKnownPlates(query) { all.append(plate.id) }
            #expect(all == [deny.id, watch.id])
            let changed = try await client.updateKnownPlate(watch.id, KnownPlateChange(label: "gate", list: .allow))
            #expect(changed.label == "gate" && changed.list == .allow && changed.plateNumber == "A 1")
            try await client.deleteKnownPlate(watch.id)
            let gone = await #expect(throws: Problem.self) { try await client.knownPlate(watch.id) }
            #expect(gone?.status == 404)
            let again = await #expect(throws: Problem.self) { try await client.deleteKnownPlate(watch.id) }
            #expect(again?.status == 404)
        }
    }
}
