import AIBoxAPI
import Testing

@testable import DataManager

/// Field report BL-08.
@Suite struct KnownPlateTests {
    @Test(arguments: [
        ("- EN 167", "EN167"), ("51F-123.45", "51F12345"), ("51f 12345", "51F12345"), ("B\u{B7}AB 1234", "BAB1234"),
        ("\u{FF21}\u{FF22}\u{FF11}\u{FF12}", "AB12"), ("M-\u{C4}B 12", "MAB12"), ("M-A\u{308}B 12", "MAB12"),
        // Cyrillic capitals and small letters that look like Latin ones.
        ("АВ 167 ЕК", "AB167EK"), ("МНОРСТУХ", "MHOPCTYX"), ("ен167", "EH167"),
    ])
    func anEntryIsFoundByTheReadingAndShownAsEntered(_ entered: String, _ reading: String) async throws {
        try await withDataManager { manager, _ in
            let plate = KnownPlate(plateNumber: entered, label: "l", list: .watch)
            try await manager.createKnownPlate(plate)
            let found = try await manager.matchPlates([reading, reading.lowercased(), reading + "9"], fuzzy: false)
            #expect(found == [PlateItem.Known(plate, isExact: true), PlateItem.Known(plate, isExact: true), nil])
        }
    }

    @Test(arguments: [
        ("51F-123.45", "51f 12345"), ("EN 167", "en167"), ("A", "\u{FF41}"),
        ("EH 167", "ЕН-167"), ("京A12345", "沪A12345"),
    ])
    func anEntryThatNormalisesLikeAnotherIsRefused(_ first: String, _ second: String) async throws {
        try await withDataManager { manager, _ in
            try await manager.createKnownPlate(KnownPlate(plateNumber: first, label: "", list: .allow))
            let again = await problem {
                try await manager.createKnownPlate(KnownPlate(plateNumber: second, label: "", list: .deny))
            }
            #expect(again?.status == 409 && again?.detail?.contains(first) == true)
            #expect(again?.detail?.hasSuffix("is the same by its letters and digits.") == true)
        }
    }

    @Test(arguments: ["", " ", "-\u{B7}.", "\u{8B66}", "A\u{0}B", String(repeating: "A", count: 65)])
    func aNumberThatIsNoneIsRefused(_ number: String) async throws {
        try await withDataManager { manager, _ in
            let plate = KnownPlate(plateNumber: "X1", label: "", list: .allow)
            try await manager.createKnownPlate(plate)
            let made = await problem {
                try await manager.createKnownPlate(KnownPlate(plateNumber: number, label: "", list: .deny))
            }
            let changed = await problem {
                _ = try await manager.updateKnownPlate(plate.id, KnownPlateChange(plateNumber: number))
            }
            for problem in [made, changed] {
                #expect(problem?.status == 422 && problem?.errors?.first?.field == "plate_number")
            }
        }
    }

    @Test(
        arguments: [
            (["AB1O"], "AB10", 0), (["AB1O", "ABI0"], "AB10", -1), (["AB1O", "AB10"], "AB10", 1), (["AB1"], "AB10", -1),
            (["A8IO"], "AB10", -1), (["ABIO"], "AB10", 0), (["A810"], "AB10", 0), (["1110"], "IIIO", -1),
        ], TestRows.embedded)
    func aConfusableReadingIsMatchedOnlyWhenAskedAndNeverByGuessing(
        _ example: (entries: [String], reading: String, expected: Int), _ rows: TestRows
    ) async throws {
        let (entries, reading, expected) = example
        try await withDataManager(on: rows) { manager, _ in
            for entry in entries {
                try await manager.createKnownPlate(KnownPlate(plateNumber: entry, label: "", list: .allow))
            }
            let fuzzy = try await manager.matchPlates([reading], fuzzy: true)[0]
            #expect(fuzzy?.plateNumber == (expected < 0 ? nil : entries[expected]))
            let isThere = entries.contains(reading)
            #expect(fuzzy == nil || fuzzy?.isExact == isThere)
            #expect(try await manager.matchPlates([reading], fuzzy: false)[0]?.plateNumber == (isThere ? reading : nil))
        }
    }
}
