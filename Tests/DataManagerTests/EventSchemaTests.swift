import AIBoxAPI
import Foundation
import Testing

@testable import DataManager

/// Holds `api/events/<type>.json` against what the code writes, with the validator of Python's `jsonschema`.
@Suite(.timeLimit(.minutes(1))) struct EventSchemaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../api/events").standardizedFileURL.path

    private static let validator = """
        import json, os, sys
        from jsonschema import Draft202012Validator, FormatChecker
        folder, valid, invalid = sys.argv[1], json.load(open(sys.argv[2])), []
        schemas = {name[:-5]: json.load(open(os.path.join(folder, name))) for name in os.listdir(folder)}
        checks = {}
        for name, schema in schemas.items():
            Draft202012Validator.check_schema(schema)
            checks[name] = Draft202012Validator(schema, format_checker=FormatChecker())
            if not schema.get("examples"): print(name, "has no example")
            for example in schema.get("examples", []):
                for error in checks[name].iter_errors(example): print(name, "example:", error.message)
        for event in valid:
            for error in checks[event["type"]].iter_errors(event): print(event["type"], error.message)
            event["data"]["name"] = "x"
            if checks[event["type"]].is_valid(event): print(event["type"], "takes unknown members")
        print("types", *sorted(schemas))
        """

    private static let hasValidator = run(["-c", "import jsonschema"]) != nil

    @Test(.enabled(if: hasValidator, "python3 -m pip install jsonschema"))
    func everyEventIsAsItsSchemaSaysAndEverySchemaHasAnExample() async throws {
        let events = try await Self.written() + [Self.event(WebhookTest(webhook: UUIDv7()), sequence: nil)]
        let folder = try TestFolder()
        let file = folder.path + "/events.json"
        try JSONEncoder().encode(events).write(to: URL(filePath: file))
        let output = try #require(Self.run(["-c", Self.validator, Self.folder, file]))
        let types = EventType.allCases.map(\.rawValue).sorted()
        #expect(output == "types \(types.joined(separator: " "))\n")
        #expect(Set(events.map(\.type)) == Set(types))
    }

    /// Every type, as a stream has it, with and without the members that may be absent.
    private static func written() async throws -> [Event] {
        var events: [Event] = []
        try await withDataManager { manager, _ in
            try await manager.store(.example(), picture: nil)
            try await manager.store(.example(camera: "c", device: "d", [.plate]), picture: nil)
            let person = Person(name: "n")
            try await manager.createPerson(person)
            _ = try await manager.addFace(.example(of: person.id), template: .example(1), crop: nil)
            let plate = KnownPlate(plateNumber: "A1", label: "", list: .watch)
            try await manager.createKnownPlate(plate)
            _ = try await manager.deleteKnownPlate(plate.id)
            for kind in SystemAlert.Kind.allCases {
                let alert = SystemAlert(kind: kind, severity: .info, message: "m")
                _ = try await manager.write { try alert.raise($0) }
                _ = try await manager.acknowledgeAlert(alert.id, by: "an")
            }
            try await manager.write { db in
                try EventRows.append(DeviceStatusChanged(device: UUIDv7(), from: nil, to: .online), db)
                try EventRows.append(DeviceStatusChanged(device: UUIDv7(), from: .online, to: .maintenance), db)
                let backup = UUIDv7()
                try EventRows.append(
                    DataBackupCompleted(backup: backup, succeeded: true, bytes: 1, durationMS: 2.5), db)
                try EventRows.append(
                    DataBackupCompleted(backup: backup, succeeded: false, bytes: 0, durationMS: 1, error: "e"), db)
            }
            events = try await manager.events(EventQuery { ($0.after, $0.limit) = (0, 500) }).events
        }
        return events
    }

    private static func event(_ data: some EventData, sequence: Int64?) throws -> Event {
        let new = try NewEvent(data)
        return Event(
            type: new.type, subject: new.subject, sequence: sequence, data: try JSONColumn.value(new.data))
    }

    /// What `python3` prints; `nil` when it fails.
    private static func run(_ arguments: [String]) -> String? {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text : nil
    }
}
