namespace Mesh.KubeApi.Admission;

/// <summary>What a webhook is asked about, in the words of admissionregistration.k8s.io/v1.</summary>
internal enum AdmissionOperation
{
    Create,
    Update,
    Delete,
}
