import Testing

@testable import Settings

@Suite struct SettingsValuesTests {
    @Test(arguments: [
        ("0", 0), ("4096", 4096), ("20MB", 20_000_000), ("20 MB", 20_000_000), ("512KiB", 524_288), ("1kb", 1000),
        ("1GiB", 1_073_741_824), ("3B", 3), ("1_000kB", 1_000_000),
    ])
    func aSizeIsANumberWithAUnit(text: String, bytes: Int) { #expect(ByteSize.parse(text) == bytes) }

    @Test(arguments: [
        "", "MB", "-1MB", "+1MB", "1.5MB", "20 MB of", "1TB", "0x10", "1__0", "_1", "1_", "٣MB",
        "9223372036854775807GiB",
        "99999999999999999999",
    ])
    func whatIsNoSizeOrDoesNotFitIsRefused(text: String) { #expect(ByteSize.parse(text) == nil) }

    @Test(arguments: [(20_000_000, "20MB"), (524_288, "512KiB"), (1, "1B"), (0, "0B"), (1500, "1500B"), (1000, "1kB")])
    func aSizeIsWrittenInItsShortestExactForm(bytes: Int, text: String) {
        #expect(ByteSize.text(bytes) == text)
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(arguments: [
        ("500ms", 500), ("30s", 30_000), ("2m", 120_000), ("1h", 3_600_000), ("90d", 7_776_000_000), ("0s", 0),
    ])
    func aDurationIsANumberWithAUnit(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.parse(DurationText.text(.milliseconds(milliseconds))) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "30", "s", "-1s", "1.5s", "30 s", "1w", "9223372036854775807h"])
    func aDurationWithoutAUnitOrThatDoesNotFitIsRefused(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"])
    func addressesAndNetworks(text: String) { #expect(NetworkRange.isValid(text)) }

    @Test(arguments: ["", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.1/", "10.0.0.1/-1", "1.2.3"])
    func whatIsNeitherAddressNorNetwork(text: String) { #expect(!NetworkRange.isValid(text)) }

    @Test func listsAreSplitAtTheirSeparators() throws {
        let settings = try Settings.load(environment: [
            "AIBOX_MODELS": "/a:~/b::", "HOME": "/home/ann", "AIBOX_ALLOW_LICENCES": "AGPL-3.0, non-commercial",
            "AIBOX_TASK_MODELS": "persons=yolox_nano_416, faces=yunet_s_dynamic@1",
            "AIBOX_MODEL_SERVERS": "http://10.0.0.5:8001,https://models.example",
        ])
        #expect(settings.models == ["/a", "/home/ann/b"])
        #expect(settings.allowLicences == ["AGPL-3.0", "non-commercial"])
        #expect(settings.taskModels == ["persons": "yolox_nano_416", "faces": "yunet_s_dynamic@1"])
        #expect(settings.modelServers == ["http://10.0.0.5:8001", "https://models.example"])
    }

    @Test func theFileTakesListsAndMappingsOfItsOwnForm() throws {
        let contents = """
            models:
              - /a
              - ~/b
            metrics_allow: [127.0.0.1, "10.0.0.0/8"]
            task_models:
              persons: yolox_nano_416
            allow_licences: []
            port: "8123"
            internal_secret: 0123
            """
        let file = try SettingsFile(contents: contents, path: "box.yaml")
        let settings = try Settings.load(environment: ["HOME": "/home/ann"], file: file)
        #expect(settings.models == ["/a", "/home/ann/b"])
        #expect(settings.metricsAllow == ["127.0.0.1", "10.0.0.0/8"])
        #expect(settings.taskModels == ["persons": "yolox_nano_416"])
        #expect(settings.allowLicences.isEmpty)
        #expect(settings.port == 8123)
        #expect(settings.internalSecret?.value == "0123")
    }
}
