using System.Buffers.Binary;

namespace Mesh.Scale.Proxies;

/// <summary>Walks the fields of a protobuf message and makes no objects: of an update its name, version and addresses are looked at.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The content of a text, of bytes, or of a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>A fixed64 or a varint.</summary>
    public ulong Number { get; private set; }

    public bool Read()
    {
        if (_rest.IsEmpty) return false;
        var tag = Varint();
        Field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take((int)Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw new InvalidDataException($"found wire type {tag & 7}");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private ulong Varint()
    {
        var number = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = Take(1)[0];
            number |= (ulong)(part & 127) << shift;
            if (part < 128) return number;
        }
    }
}
