using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Kinds;

/// <summary>What a kind does beyond what every kind does. This one does nothing more.</summary>
internal class KindRules
{
    public static readonly KindRules None = new();

    /// <summary>Where versions of a kind are stored together under another group's name; null: under their own.</summary>
    public virtual string? StorageName => null;

    /// <summary>Whether DELETE answers with the object rather than with a Status.</summary>
    public virtual bool DeleteReturnsObject => false;

    /// <summary>Fills in what a manifest may leave out.</summary>
    public virtual void Default(JsonObject value)
    {
    }

    /// <summary>Sets what the server decides on creation (after defaulting, before admission).</summary>
    public virtual void PrepareForCreate(JsonObject value, Snapshot stored)
    {
    }

    /// <summary>Keeps what a replacement may not change by leaving it out.</summary>
    public virtual void PrepareForUpdate(JsonObject value, JsonObject before)
    {
    }

    /// <summary>What is wrong with the object, beyond its schema.</summary>
    public virtual IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before) => [];

    /// <summary>Seconds until the object goes, if it doesn't go at once.</summary>
    public virtual long? GracePeriod(JsonObject value, long? requested) => null;

    /// <summary>The object as this version shows it, made in place from the stored form.</summary>
    public virtual void FromStorage(JsonObject value)
    {
    }

    /// <summary>The stored form, made in place from this version's.</summary>
    public virtual void ToStorage(JsonObject value)
    {
    }
}
