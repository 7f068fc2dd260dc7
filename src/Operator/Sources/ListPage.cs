using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Mesh.Operator.Sources;

/// <summary>
/// One page of a collection, read object by object: a page of pods is megabytes, and whoever holds it whole, with its tokens, holds
/// several times that for as long as the process lives.
/// </summary>
internal sealed class ListPage(HttpResponseMessage response) : IDisposable
{
    private const int BufferSize = 64 * 1024;

    private JsonReaderState _state;
    private bool _isInItems;
    private bool _isOver;

    /// <summary>The version that the list stands for; known once all of it was read.</summary>
    public string Version { get; private set; } = "";

    /// <summary>Where the next page begins; empty after the last. Known once all of this one was read.</summary>
    public string Continuation { get; private set; } = "";

    /// <summary>The objects, each the caller's to dispose of before the next.</summary>
    public async IAsyncEnumerable<JsonDocument> ItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken), new(bufferSize: BufferSize));
        while (!_isOver)
        {
            var read = await body.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (TryReadItem(ref buffer, read.IsCompleted, out var item)) yield return item!;
            body.AdvanceTo(buffer.Start, buffer.End);
        }
        await body.CompleteAsync();
    }

    public void Dispose() => response.Dispose();

    // What was read is cut off the buffer; what is not whole yet is read again from its beginning once there is more.
    private bool TryReadItem(ref ReadOnlySequence<byte> buffer, bool isCompleted, out JsonDocument? item)
    {
        item = null;
        while (item is null && !_isOver)
        {
            var reader = new Utf8JsonReader(buffer, isCompleted, _state);
            if (!TryStep(ref reader, ref item)) return false;
            buffer = buffer.Slice(reader.Position);
            _state = reader.CurrentState;
        }
        return item is not null;
    }

    private bool TryStep(ref Utf8JsonReader reader, ref JsonDocument? item)
    {
        if (!reader.Read()) return false;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when _isInItems:
                return JsonDocument.TryParseValue(ref reader, out item);
            case JsonTokenType.EndArray:
                _isInItems = false;
                return true;
            case JsonTokenType.PropertyName:
                return TryReadProperty(ref reader);
            case JsonTokenType.StartObject:
                return true;
            case JsonTokenType.EndObject:
                _isOver = true;
                return true;
            default:
                throw new JsonException($"A list: found {reader.TokenType}, expected an object.");
        }
    }

    private bool TryReadProperty(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("items"u8))
        {
            if (!reader.Read()) return false;
            _isInItems = reader.TokenType is JsonTokenType.StartArray;
            return _isInItems || reader.TokenType is JsonTokenType.Null ? true : throw new JsonException($"items: found {reader.TokenType}, expected a list.");
        }
        if (!reader.ValueTextEquals("metadata"u8)) return reader.TrySkip();
        if (!JsonDocument.TryParseValue(ref reader, out var metadata)) return false;
        using (metadata)
        {
            (Version, Continuation) = (WatchedKind.Text(metadata.RootElement, "resourceVersion"), WatchedKind.Text(metadata.RootElement, "continue"));
        }
        return true;
    }
}
