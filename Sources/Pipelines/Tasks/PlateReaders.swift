import Imaging
import ModelCatalog
import Vision

/// The readers of plates: one that takes a whole plate at a time, and, when they are loaded and the profile allows
/// their time, one that reads the lines that a text detector finds.
struct PlateReaders: Sendable {
    /// Pixels of the longer side in which text is looked for, on a plate and in a whole picture.
    private static let plateSide = 320
    private static let pictureSides: [ModelProfile: Int] = [.balanced: 736, .accurate: 960]

    let slots: PlateReader
    let text: TextFinder?
    let lines: PlateLineReader?
    private let pictureSide: Int

    init(slots: PlateReader, text: TextFinder?, lines: PlateLineReader?, profile: ModelProfile) {
        self.slots = slots
        pictureSide = Self.pictureSides[profile] ?? 0
        self.text = pictureSide > 0 ? text : nil
        self.lines = pictureSide > 0 ? lines : nil
    }

    /// What the first reader makes of a plate shown with several margins.
    func reading(
        of regions: [Rectangle], in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<PlateReading> {
        var readings = Timed(value: [PlateReading](), times: StageTimes())
        for region in regions {
            let reading = try await slots.reading(of: region, in: picture, deadline: deadline)
            readings.value.append(reading.value)
            readings.times += reading.times
        }
        return Timed(value: PlateReading(voting: readings.value), times: readings.times)
    }

    /// The text in the whole picture that may be plates.
    func candidates(in picture: Picture, deadline: ContinuousClock.Instant?) async throws -> Timed<[PlateLines]> {
        guard let text else { return Timed(value: [], times: StageTimes()) }
        let found = try await text.lines(in: picture, side: pictureSide, deadline: deadline)
        return Timed(value: PlateLines.candidates(among: found.value.map(\.corners)), times: found.times)
    }

    /// The lines of the number on one plate; `nil` when there are none or no text detector.
    func plateLines(
        in region: Rectangle, of picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<PlateLines?> {
        guard let text, lines != nil else { return Timed(value: nil, times: StageTimes()) }
        let found = try await text.lines(in: picture, region: region, side: Self.plateSide, deadline: deadline)
        return Timed(value: PlateLines(onPlate: found.value.map(\.corners)), times: found.times)
    }

    /// What the second reader makes of the lines, one after the other; `nil` without one.
    func reading(
        of plate: PlateLines, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<PlateReading?> {
        guard let lines else { return Timed(value: nil, times: StageTimes()) }
        var readings = Timed(value: [PlateReading](), times: StageTimes())
        for line in plate.lines {
            let reading = try await lines.reading(of: line, in: picture, deadline: deadline)
            readings.value += [reading.value].compactMap { $0 }
            readings.times += reading.times
        }
        return Timed(value: PlateReading(joining: readings.value), times: readings.times)
    }
}
